"""One cluster: what its API server keeps, what its controllers do, what its node runs."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Final

from infra.emulator.context import Context
from infra.emulator.kubernetes.controllers import Controllers
from infra.emulator.kubernetes.kubelet import Kubelet
from infra.emulator.kubernetes.store import Store
from infra.emulator.kubernetes.tokens import Tokens
from infra.kubernetes.kinds import API_PATH, SUPPORTED, Kind

OPERATORS: Final = frozenset({"kserve", "kubeflow-trainer"})


class Cluster:
    """The emulator's cluster; it stands for whichever one a stack names."""

    def __init__(self, context: Context) -> None:
        self.version = SUPPORTED[-1]
        """Kubernetes' minor version, whose schemas objects must fit."""
        self.installed: frozenset[str] = OPERATORS
        """Operators beside Kubernetes' own controllers."""
        self.context = context
        self.store = Store(context.clock.now)
        self.tokens = Tokens(secrets.token_bytes(32), context.clock.now)
        self.kubelet = Kubelet(context, self.store, self.tokens, Path(context.home) / "kubernetes")
        self.controllers = Controllers(context, self.store, self.kubelet)

    @property
    def url(self) -> str:
        """Where clients reach the API server."""
        return f"{self.context.endpoint_url}{API_PATH}"

    def configure(self, version: str | None, installed: Collection[str] | None) -> None:
        """Make it another version, or install other operators.

        Raises:
            ValueError: neither is known here.
        """
        if version is not None and version not in SUPPORTED:
            raise ValueError(f"version must be one of {list(SUPPORTED)}, got {version!r}")
        if installed is not None and (unknown := sorted(set(installed) - OPERATORS)):
            raise ValueError(f"installed must be of {sorted(OPERATORS)}, got {unknown}")
        self.version = version or self.version
        self.installed = self.installed if installed is None else frozenset(installed)

    def serves(self, kind: Kind) -> bool:
        """Tell whether the API server knows a kind."""
        return kind.custom is None or kind.custom in self.installed

    def stop(self) -> None:
        """End every pod."""
        self.controllers.stop()
        self.kubelet.stop()
