"""The sandbox with a cluster, with pods that serve and train."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.graph.model import ResourceGraph
from infra.live_versions import ServedVersions
from infra.platform import deploy
from stacks.layers import ResolvedStack, load
from tests import pretend
from tests.stacks import support

ROOT = Path(__file__).parents[2]
CLUSTER: dict[str, Any] = {
    "context": "dev",
    "issuer": "oidc.example.com/id/1",
    "version": "1.36",
    "quota": {"cpus": 4, "memory_gib": 8, "gpus": 1},
}
TRAINING: dict[str, Any] = {
    "cpu_millicores": 500,
    "memory_mib": 512,
    "nodes": 2,
    "command": ["torchrun", "train.py"],
    "data": "flights/",
}
SERVING: dict[str, Any] = {"cpu_millicores": 500, "memory_mib": 512, "max_replicas": 2}


def resolved(
    tmp_path: Path,
    *,
    cluster: dict[str, Any],
    serving: dict[str, Any],
    training: dict[str, Any] = TRAINING,
    pipeline: dict[str, Any] | None = None,
) -> ResolvedStack:
    """Return the sandbox with a cluster, and with pods of its use case on it."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    own = tmp_path / "stacks/Pulumi.flights-sandbox.yaml"
    settings = yaml.safe_load(own.read_text())
    platform = settings["config"]["mlops-loop:platform"]
    platform["kubernetes"] = cluster
    platform["images"] = ["serving"]
    platform["use_cases"]["flights"]["kubernetes"] = {"serving": serving, "training": training}
    platform.setdefault("deployment", {})["pipeline"] = pipeline
    own.write_text(yaml.safe_dump(settings))
    return load("flights-sandbox", tmp_path)


@dataclass(frozen=True)
class Declared:
    """The stack as ``up`` wants it, perhaps with a version that is live."""

    resolved: ResolvedStack
    live: ServedVersions | None = None

    @property
    def stack(self) -> str:
        return self.resolved.config.stack

    @property
    def pulumi_config(self) -> dict[str, str]:
        return dict(self.resolved.pulumi_config)

    def declare(self) -> None:
        config = self.resolved.config
        deploy(config, support.every(config), {"flights": self.live})


def graph(declared: Declared) -> ResourceGraph:
    return pretend.stand(declared.declare)
