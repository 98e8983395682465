"""Whether a command line of a page could be typed: by the parsers of those who would take it."""

from __future__ import annotations

import importlib.util
import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore import xform_name
from typer.core import TyperGroup
from typer.main import get_command

from infra.cli.main import app
from stacks.names import stacks

ROOT: Final = Path(__file__).parents[2]
PULUMI: Final = {
    *("cancel", "config set", "destroy", "install", "package add", "preview", "refresh"),
    *("stack init", "stack output", "state unprotect", "up"),
}
OWN_TO_THE_CLI: Final = {
    ("eks", "get-token"): {"cluster-name", "cluster-id", "role-arn"},
    ("logs", "tail"): {"since", "filter-pattern", "follow"},
}
"""Commands of AWS's command line that are no operation of an API."""
GLOBAL: Final = {"endpoint-url", "region", "profile", "output", "query"}
PLACEHOLDER: Final = re.compile(r"^\$?[A-Z]|…")
"""``STACK``, ``$STACK``: for whoever reads to fill in."""


class UnknownError(ValueError):
    """The command would be refused as it stands."""


def lines_of(shell: str) -> list[list[str]]:
    """Return the commands of a shell block, each as its words, comments left out."""
    text = shell.replace("\\\n", " ")
    commands: list[list[str]] = []
    for line in text.splitlines():
        for part in re.split(r" && | \| ", line.removeprefix("$ ")):
            words = shlex.split(part, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]  # variables of this one command
            ends = [at for at, word in enumerate(words) if word in {">", ">>", "2>", "<"}]
            words = words[: ends[0]] if ends else words
            if words:
                commands.append(words)
    return commands


def check(words: list[str], *, made: frozenset[str] = frozenset(), whole: bool = True) -> None:
    """Check one command; ``made`` are stacks that stand besides, ``whole`` that nothing lacks.

    Raises:
        UnknownError: a program, command, option, target or stack does not exist.
    """
    program, *rest = words
    match program.removeprefix(".venv/bin/"):
        case "mlops":
            _mlops(rest, made, whole=whole)
        case "make":
            for target in (word for word in rest if "=" not in word):
                _demand(target, targets(), "make's target")
        case "pulumi":
            _demand(" ".join(rest[:2]).partition(" -")[0], PULUMI | {rest[0]} & PULUMI, "pulumi's")
            _stack(_option(rest, "--stack", "-s"), made)
        case "aws":
            _aws(rest)
        case "python" | "python3":
            if rest[0] == "-m" and importlib.util.find_spec(rest[1]) is None:
                raise UnknownError(f"no module {rest[1]}")
        case "export" | "cd" | "git":
            pass
        case "pre-commit" | "uv" | "actionlint":
            pass
        case _:
            raise UnknownError(f"no program {program!r} that this test knows")


@cache
def targets() -> frozenset[str]:
    """Return the targets of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


@cache
def _root() -> Any:
    return get_command(app)


@cache
def _services() -> frozenset[str]:
    return frozenset(_session().get_available_services())


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _options(service: str, operation: str) -> frozenset[str]:
    """Return the options of an operation of AWS's API, in the words of its command line.

    Raises:
        UnknownError: there is no such service or operation.
    """
    _demand(service, _services(), "AWS's services")
    model = _session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    _demand(operation, set(operations), f"the operations of {service}")
    shape = model.operation_model(operations[operation]).input_shape
    return frozenset(xform_name(name, "-") for name in (shape.members if shape else ()))


def _mlops(words: list[str], made: frozenset[str], *, whole: bool) -> None:
    command: Any = _root()
    path = ["mlops"]
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        _demand(words[0], set(command.commands), f"{' '.join(path)}'s")
        path.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    for word in words:
        if word.startswith("-"):
            _demand(word.partition("=")[0], known | {"--help"}, f"{' '.join(path)}'s option")
    _stack(_option(words, "--stack", "-s"), made)
    if whole and not isinstance(command, TyperGroup) and "--help" not in words:
        try:
            command.make_context(" ".join(path), list(words))
        except Exception as error:
            raise UnknownError(f"{' '.join(path)}: {error}") from error


def _aws(words: list[str]) -> None:
    words = _without_global(words)
    service, operation, *rest = words
    options = {word[2:].partition("=")[0] for word in rest if word.startswith("--")} - GLOBAL
    own = OWN_TO_THE_CLI.get((service, operation))
    known = _options(service, operation) if own is None else own
    for option in options:
        _demand(option, known, f"option of {service} {operation}")


def _without_global(words: list[str]) -> list[str]:
    while words and words[0].startswith("--"):
        words = words[2:]
    return words


def _option(words: list[str], *names: str) -> str | None:
    found = [after for word, after in pairwise(words) if word in names]
    return found[0] if found else None


def _stack(name: str | None, made: frozenset[str]) -> None:
    if name is not None and not PLACEHOLDER.search(name):
        _demand(name, {*stacks(ROOT), *made}, "a stack")


def _demand(word: str, known: set[str] | frozenset[str], what: str) -> None:
    if word not in known:
        raise UnknownError(f"{word!r} is none of {what}: {sorted(known)[:40]}")
