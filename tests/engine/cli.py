"""Pulumi's command line against a backend of files, as the tests use it."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one operation did."""

    steps: tuple[tuple[str, str], ...]
    """(operation, URN) of every resource that was not left as it is."""
    unchanged: int
    outputs: Mapping[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many resources each operation touched."""
        return dict(Counter(operation for operation, _ in self.steps))

    def names(self, operation: str) -> list[str]:
        """Return the logical names an operation touched, sorted."""
        return sorted(urn.rsplit("::", 1)[1] for kind, urn in self.steps if kind == operation)


@dataclass(frozen=True, kw_only=True)
class Cli:
    """The command line in one project directory, with one stack selected."""

    project: Path
    stack: str
    environment: Mapping[str, str] = field(repr=False)

    def init(self) -> None:
        """Create the stack in the backend."""
        self.run("stack", "init", self.stack, "--secrets-provider", "passphrase")

    def pretend(self, stack: str, exports: Mapping[str, Any]) -> None:
        """Have another stack stand in the backend, as far as a stack reference can tell."""
        self.run("stack", "init", stack, "--secrets-provider", "passphrase")
        held = json.loads(self.run("stack", "export", "--stack", stack))
        project = yaml.safe_load((self.project / "Pulumi.yaml").read_text())["name"]
        kind = "pulumi:pulumi:Stack"
        held["deployment"]["resources"] = [
            {
                "urn": f"urn:pulumi:{stack}::{project}::{kind}::{project}-{stack}",
                "custom": False,
                "type": kind,
                "outputs": dict(exports),
            }
        ]
        file = self.project / f"{stack}.json"
        file.write_text(json.dumps(held))
        self.run("stack", "import", "--stack", stack, "--file", str(file))

    def forget(self, stack: str) -> None:
        """Have a pretended stack stand no more: another test may make it in earnest."""
        self.run("stack", "rm", stack, "--force", "--yes")

    def preview(self) -> Outcome:
        """Return what an update would do."""
        printed = self.run("preview", "--json", "--stack", self.stack)
        shown = json.loads(printed[printed.index("{") :])
        steps = [(step["op"], step["urn"]) for step in shown["steps"]]
        return _outcome(steps)

    def up(self) -> Outcome:
        """Update the stack."""
        return self._operate("up", "--skip-preview")

    def refresh(self) -> Outcome:
        """Read everything back from the provider."""
        return self._operate("refresh", "--skip-preview")

    def destroy(self) -> Outcome:
        """Delete everything, protected or not."""
        return self._operate("destroy", "--skip-preview", "--ignore-protect")

    def deployment(self) -> dict[str, Any]:
        """Return the stack's state as the backend keeps it."""
        state = json.loads(self.run("stack", "export", "--stack", self.stack))
        deployment: dict[str, Any] = state["deployment"]
        return deployment

    def run(self, *arguments: str) -> str:
        """Run one command and return what it printed.

        Raises:
            AssertionError: it failed; the message carries its output.
        """
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode != 0:
            said = _errors(done.stdout) or f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
            raise AssertionError(f"pulumi {arguments[0]}:\n{said}")
        return done.stdout

    def _operate(self, *arguments: str) -> Outcome:
        printed = self.run(*arguments, "--yes", "--json", "--stack", self.stack)
        done = [
            event["resOutputsEvent"] for event in _events(printed) if "resOutputsEvent" in event
        ]
        return _outcome([(one["metadata"]["op"], one["metadata"]["urn"]) for one in done])


def _errors(printed: str) -> str:
    if printed.lstrip().startswith("{\n"):  # a preview prints one document, not one line an event
        told = json.loads(printed[printed.index("{") :]).get("diagnostics", [])
    else:
        told = [
            event["diagnosticEvent"] for event in _events(printed) if "diagnosticEvent" in event
        ]
    return "\n".join(one["message"] for one in told if one.get("severity") == "error")


def _events(printed: str) -> Iterator[dict[str, Any]]:
    for line in printed.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _outcome(steps: list[tuple[str, str]]) -> Outcome:
    moved = tuple((kind, urn) for kind, urn in steps if kind not in {"same", "refresh", "read"})
    return Outcome(steps=moved, unchanged=len(steps) - len(moved), outputs={})
