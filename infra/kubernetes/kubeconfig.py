"""The kubeconfig that kubectl, pulumi-kubernetes and every other client find a cluster by.

``python -m infra.kubernetes.kubeconfig STACK``: a job has the one of its stack's cluster.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.job_secrets import keep
from stacks.errors import StackError
from stacks.kubernetes import Kubernetes
from stacks.layers import load

NAME = "mlops-emulator"
TEXT: Final = "KUBECONFIG_TEXT"
"""Variable of a job that holds a kubeconfig itself, as forges that keep no files give it."""


class KubeconfigError(StackError):
    """No kubeconfig leads to the stack's cluster."""


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


def provide(stack: str, cluster: Kubernetes | None, environment: Mapping[str, str]) -> str:
    """Write the job's kubeconfig to where ``KUBECONFIG`` says; return what was found, in words.

    A path that the stack names is the machine's own, and nothing is written there.

    Raises:
        KubeconfigError: the stack has a cluster, and its context is in no kubeconfig.
    """
    if cluster is None:
        return f"{stack} has no cluster"
    if (text := environment.get(TEXT)) and (told := environment.get("KUBECONFIG")):
        keep(Path(told), text)
    named = cluster.kubeconfig or environment.get("KUBECONFIG") or "~/.kube/config"
    paths = [Path(one).expanduser() for one in named.split(os.pathsep) if one]
    known = [one for path in paths for one in _contexts(path)]
    if cluster.context not in known:
        held = f"there are {', '.join(known)}" if known else "there is none"
        raise KubeconfigError(
            f"{stack}: kubernetes.context must be in the kubeconfig {named}, got "
            f'{cluster.context!r} where {held}: see "Who deploys" in docs/kubernetes.md'
        )
    return f"{stack}: context {cluster.context} is in {named}"


def _contexts(path: Path) -> list[str]:
    """Return the contexts of a kubeconfig; nothing of what else it says is shown to anybody."""
    try:
        held: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [str(one["name"]) for one in held["contexts"] or ()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        raise KubeconfigError(
            f"{path} must be a kubeconfig: YAML with a list of contexts"
        ) from None


def main(stack: str) -> int:
    """Provide what a stack needs; return the exit status."""
    try:
        found = provide(stack, load(stack).config.kubernetes, os.environ)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
