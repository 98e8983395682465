"""Starts containers as local processes."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from infra.emulator.containers import shims
from infra.emulator.containers.images import FAMILIES, Family, family_of
from infra.emulator.containers.logs import LogStream
from infra.emulator.containers.model import Container
from infra.emulator.containers.parent import WarmParent
from infra.emulator.containers.process import Process
from infra.emulator.context import Context

_ISOLATED = frozenset({"AWS_REGION", "AWS_DEFAULT_REGION"})
"""What an isolated container still knows of AWS."""
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


class Runner:
    """Runs containers for one emulator; its warm parents start when first needed."""

    def __init__(self, context: Context, *, namespaces: bool = True) -> None:
        self._context = context
        self._namespaces = namespaces
        self._home = context.home / "containers"
        self._tools = {
            family.environment: shims.write(self._home / f"bin{family.environment}", family)
            for family in FAMILIES
        }
        self._parents: dict[str, WarmParent] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def start(self, container: Container) -> Process:
        """Start the container.

        Raises:
            UnknownImageError: its image belongs to no known family.
            ContainerError: its parent process could not be started.
        """
        family = family_of(container.image)
        parent = self.warm(family)
        parent.wait_ready()
        container.opt_ml.mkdir(parents=True, exist_ok=True)
        environment = self._environment(container, self._tools[family.environment])
        command = list(container.command)
        if not parent.namespace:
            command = [_on_host(part, container.opt_ml) for part in command]
            environment = {
                name: _on_host(value, container.opt_ml) for name, value in environment.items()
            }
        sink = LogStream(
            self._context.account_id, container.region, container.log_group, container.log_stream
        )
        return parent.start(container, command, environment, sink)

    def warm(self, family: Family) -> WarmParent:
        """Return the family's parent, started if need be; does not wait until it is ready."""
        with self._lock:
            if self._stopped:
                raise RuntimeError("the emulator is stopping")
            parent = self._parents.get(family.name)
            if parent is None or not parent.alive():
                python = self._tools[family.environment] / "python"
                parent = WarmParent(family, self._home, python, namespaces=self._namespaces)
                self._parents[family.name] = parent
            return parent

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._stopped = True
            parents = list(self._parents.values())
        for parent in parents:
            parent.close()

    def _environment(self, container: Container, tools: Path) -> dict[str, str]:
        base = self._context.environment(container.region, container.role_arn or None)
        if container.role_arn == "":
            base = {k: v for k, v in base.items() if k not in _CREDENTIALS}
        if container.role_arn is None:
            base = {k: v for k, v in base.items() if k in _ISOLATED or not k.startswith("AWS_")}
        base["PATH"] = os.pathsep.join([str(tools), base.get("PATH", os.defpath)])
        base["PYTHONUNBUFFERED"] = "1"
        base["SMSPARK_OPT_ML"] = "/opt/ml"  # the host's directory where there are no namespaces
        return base | dict(container.environment)


def _on_host(text: str, opt_ml: Path) -> str:
    """Replace ``/opt/ml`` by the host's directory, unless it is part of a longer name."""
    parts = text.split("/opt/ml")
    result = parts[0]
    for part in parts[1:]:
        whole = part == "" or not (part[0].isalnum() or part[0] in "-_.")
        result += (str(opt_ml) if whole else "/opt/ml") + part
    return result
