"""What kubectl and every other client read to find the emulator's cluster."""

from __future__ import annotations

from pathlib import Path

import yaml

NAME = "mlops-emulator"


def write(root: Path, url: str) -> Path:
    """Write a kubeconfig whose one user is the cluster's administrator; return its path."""
    path = root / ".mlops" / "kubeconfig.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    context = {"cluster": NAME, "user": NAME}
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": url}}],
        "contexts": [{"name": NAME, "context": context}],
        "users": [{"name": NAME, "user": {}}],
    }
    path.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    return path
