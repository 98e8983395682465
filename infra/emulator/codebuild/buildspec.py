"""Reads a buildspec and turns it into one shell script.

Version 0.2 runs every command in one shell, so that variables and directories carry over. Among
what the commands print, the script tells how it fares: a mark, an exit status, and a JSON object.
Variables to export are told at its end, in base64.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
_PHASE_KEYS = {"commands", "finally", "on-failure", "run-as", "runtime-versions"}
_KEYS = {"version", "run-as", "env", "phases", "artifacts", "reports", "cache", "proxy", "batch"}


class BuildspecError(ValueError):
    """A buildspec that CodeBuild would refuse: field, rule, value."""


@dataclass(frozen=True, slots=True)
class Phase:
    """The commands of one phase."""

    name: str
    commands: tuple[str, ...] = ()
    finally_commands: tuple[str, ...] = ()
    go_on: bool = False
    """``on-failure: CONTINUE``."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Which files are the build's artifact, by patterns."""

    files: tuple[str, ...]
    base: str
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Buildspec:
    """What a build does."""

    phases: tuple[Phase, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    parameter_store: Mapping[str, str] = field(default_factory=dict)
    secrets_manager: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    """Variables that are told to whoever started the build."""
    artifact: Packing | None = None


def parse(text: str) -> Buildspec:
    """Return the buildspec of a YAML text.

    Raises:
        BuildspecError: it is not valid, or asks for what is not emulated (reports, batches).
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"YAML_FILE_ERROR: {error}") from error
    if not isinstance(document, dict):
        raise BuildspecError(f"YAML_FILE_ERROR: buildspec must be a mapping, got {document!r}")
    if unknown := document.keys() - _KEYS:
        raise BuildspecError(f"YAML_FILE_ERROR: unknown keys {sorted(unknown)}")
    if str(document.get("version")) not in {"0.1", "0.2"}:
        raise BuildspecError(
            f"YAML_FILE_ERROR: version must be 0.1 or 0.2, got {document.get('version')!r}"
        )
    if left_out := [key for key in ("reports", "batch") if document.get(key)]:
        raise BuildspecError(f"the emulator does not implement {left_out} of a buildspec")
    phases = document.get("phases") or {}
    if unknown := phases.keys() - set(PHASES):
        raise BuildspecError(f"YAML_FILE_ERROR: unknown phases {sorted(unknown)}")
    env = document.get("env") or {}
    return Buildspec(
        tuple(_phase(name, phases.get(name) or {}) for name in PHASES),
        _strings(env, "variables"),
        _strings(env, "parameter-store"),
        _strings(env, "secrets-manager"),
        tuple(str(name) for name in env.get("exported-variables") or ()),
        _packing(document.get("artifacts")),
    )


def script(spec: Buildspec, *, mark: str) -> str:
    """Return the script that runs the phases, for bash.

    A command that fails ends its phase; ``post_build`` follows a failed ``build``, nothing follows
    the other two, as CodeBuild has it.
    """
    lines = ["_go=1", "export CODEBUILD_BUILD_SUCCEEDING=1"]
    for phase in spec.phases:
        name = phase.name.upper()
        lines.append(f"if [ $_go = 1 ]; then _ok=1; {_say(mark, phase=name)}")
        for command in phase.commands:
            lines += _run(command, name, mark, guarded=True)
        for command in phase.finally_commands:
            lines += _run(command, name, mark, guarded=False)
        if not phase.go_on:
            stop = "" if phase.name == "build" else "_go=0; "
            failed = f"{stop}export CODEBUILD_BUILD_SUCCEEDING=0"
            lines.append(f"if [ $_ok = 0 ]; then {failed}; fi")
        lines.append("fi")
    lines += [_export(mark, name) for name in spec.exported]
    return "\n".join(lines) + "\n"


def _run(command: str, phase: str, mark: str, *, guarded: bool) -> list[str]:
    failed = json.dumps({"failed": phase, "command": command})
    report = f"printf '%s %s %s\\n' {mark} \"$_status\" {shlex.quote(failed)}"
    return [
        "if [ $_ok = 1 ]; then" if guarded else "if true; then",
        f"printf '[Container] Running command %s\\n' {shlex.quote(command)}",
        f"eval {shlex.quote(command)}",
        f"_status=$?; if [ $_status != 0 ]; then _ok=0; {report}; fi",
        "fi",
    ]


def _export(mark: str, name: str) -> str:
    if not name.isidentifier():
        raise BuildspecError(f"YAML_FILE_ERROR: exported-variables must be names, got {name!r}")
    said = json.dumps({"export": name, "value": "%s"})
    return f"printf '%s 0 {said}\\n' {mark} \"$(printf %s \"${name}\" | base64 | tr -d '\\n')\""


def _say(mark: str, **said: str) -> str:
    return f"printf '%s 0 %s\\n' {mark} {shlex.quote(json.dumps(said))}"


def _packing(given: Any) -> Packing | None:  # noqa: ANN401 - from YAML
    if not given:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("files"), list):
        raise BuildspecError(f"YAML_FILE_ERROR: artifacts must name files, got {given!r}")
    if unknown := given.keys() - {"files", "base-directory", "exclude-paths", "name"}:
        raise BuildspecError(f"the emulator does not implement artifacts' {sorted(unknown)}")
    return Packing(
        tuple(map(str, given["files"])),
        str(given.get("base-directory") or "."),
        tuple(map(str, given.get("exclude-paths") or ())),
    )


def _phase(name: str, given: Any) -> Phase:  # noqa: ANN401 - from YAML
    if not isinstance(given, dict):
        raise BuildspecError(f"YAML_FILE_ERROR: phase {name} must be a mapping, got {given!r}")
    if unknown := given.keys() - _PHASE_KEYS:
        raise BuildspecError(f"YAML_FILE_ERROR: phase {name} has unknown keys {sorted(unknown)}")
    on_failure = given.get("on-failure", "ABORT")
    if on_failure not in {"ABORT", "CONTINUE"}:
        raise BuildspecError(
            f"phases.{name}.on-failure must be ABORT or CONTINUE, got {on_failure!r}"
        )
    return Phase(
        name,
        _commands(name, given.get("commands")),
        _commands(name, given.get("finally")),
        go_on=on_failure == "CONTINUE",
    )


def _commands(phase: str, given: Any) -> tuple[str, ...]:  # noqa: ANN401 - from YAML
    commands = [] if given is None else given
    if not isinstance(commands, list) or not all(isinstance(one, str) for one in commands):
        raise BuildspecError(
            f"YAML_FILE_ERROR: phases.{phase}.commands must be a list of strings, got {given!r}"
        )
    return tuple(commands)


def _strings(env: Mapping[str, Any], key: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in (env.get(key) or {}).items()}
