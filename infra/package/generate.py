"""``python -m infra.package.generate [--write]``: the TypedDicts of ``edge/``, from dataclasses.

Pulumi reads a schema from TypedDicts whose annotations are evaluated; our dataclasses carry
defaults, checks and Python's own types. A module of ``components`` that declares inputs has one of
the same name there; words that may stand for an input are enumerations in ``edge/words.py``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args, get_origin

import pulumi
from pulumi.provider.experimental.util import camel_case

from infra.package.members import members
from infra.package.shapes import (
    Computed,
    Either,
    Field,
    FilePath,
    Listed,
    Mapped,
    Nested,
    OneOf,
    Plain,
    Shape,
    Words,
    args_of,
    explained,
    fields_of,
    outputs_of,
)

ROOT = Path(__file__).parents[2]
EDGE = Path(__file__).parent / "edge"
COMMAND = "python -m infra.package.generate --write"
_WIDTH = 90


def modules() -> dict[str, str]:
    """Return the text of each module of ``edge/``, by file name."""
    found = {"__init__.py": f'"""What components take and give; written by ``{COMMAND}``."""\n'}
    kinds: dict[str, dict[str, Any]] = {}
    words: dict[str, Words] = {}
    for component in members().values():
        for kind in _reached(args_of(component), words):
            kinds.setdefault(_module(kind), {})[kind.__name__] = kind
        kinds.setdefault(_module(component), {})[component.__name__] = component
    for module, held in kinds.items():
        found[f"{module}.py"] = _text(module, list(held.values()))
    found["words.py"] = _words(words)
    return _formatted(found)


def described(text: str, kind: type[Any] | None = None) -> str:
    """Return a docstring as readers of other languages take it: no errors, names as they know them.

    ``kind``: the dataclass whose fields it may name.
    """
    text = re.sub(r":\w+:`([^`]*)`", r"``\1``", text.partition("Raises:")[0]).strip()
    text = text.replace("``", "`")
    for field in fields_of(kind) if kind else ():
        text = text.replace(f"`{field.name}`", f"`{camel_case(field.name)}`")
    return text


def _reached(kind: type, words: dict[str, Words]) -> Iterator[type]:
    """Yield the dataclasses that ``kind`` needs, itself last; gather the words."""
    for field in fields_of(kind):
        yield from _within(field.shape, words)
    yield kind


def _within(shape: Shape, words: dict[str, Words]) -> Iterator[type]:
    match shape:
        case Words(name=name):
            words[name] = shape
        case Listed(item=inner) | Mapped(item=inner) | Computed(of=inner):
            yield from _within(inner, words)
        case Nested(kind=kind):
            yield from _reached(kind, words)
        case OneOf(members=each):
            for member in each.values():
                yield from _within(member, words)


def _module(kind: type) -> str:
    return kind.__module__.rpartition(".")[2].lstrip("_")


def _text(module: str, kinds: list[type]) -> str:
    body, used = [], set()
    for kind in kinds:
        if issubclass(kind, pulumi.ComponentResource):
            body.append(_outputs(kind))
        else:
            for field in fields_of(kind):
                used |= _named(field.shape)
            body.extend(_inputs(kind))
    text = "\n\n".join(body)
    typing = [name for name in ("Any", "NotRequired", "TypedDict") if name in text]
    imports = [
        f"from typing import {', '.join(typing)}",
        *(f"from {path} import {name}" for path, name in sorted(used) if path != _path(module)),
    ]
    if "Mapping[" in text or "Sequence[" in text:
        names = [name for name in ("Mapping", "Sequence") if f"{name}[" in text]
        imports.insert(0, f"from collections.abc import {', '.join(names)}")
    if "pulumi." in text:
        imports.append("import pulumi")
    doc = f'"""What ``{kinds[0].__module__}`` is in plain values."""'
    return "\n".join([doc, "", *imports, "", text, ""])


def _path(module: str) -> str:
    return f"infra.package.edge.{module}"


def _named(shape: Shape) -> set[tuple[str, str]]:
    match shape:
        case Words(name=name):
            return {(_path("words"), name)}
        case Listed(item=inner) | Mapped(item=inner) | Computed(of=inner):
            return _named(inner)
        case Nested(kind=kind):
            return {(_path(_module(kind)), kind.__name__)}
        case OneOf(members=each):
            return set[tuple[str, str]]().union(*(_named(member) for member in each.values()))
    return set()


def _inputs(kind: type) -> Iterator[str]:
    fields = fields_of(kind)
    for field in fields:
        if isinstance(field.shape, OneOf):
            body = "".join(
                f"    {name}: NotRequired[{_spelled(member)}]\n"
                for name, member in field.shape.members.items()
            )
            doc = f"{field.description.partition('.')[0]}: exactly one of these."
            yield f"class {field.shape.name}(TypedDict):\n{_doc(doc, of_class=True)}\n{body}"
    body = "".join(_declared(field, kind) for field in fields)
    doc = _doc(described(kind.__doc__ or "", kind), of_class=True)
    yield f"class {kind.__name__}(TypedDict):\n{doc}\n{body}"


def _declared(field: Field, kind: type) -> str:
    spelled = _spelled(field.shape)
    if not field.required:
        spelled = f"NotRequired[{spelled}]"
    text = described(field.description, kind)
    if field.default is not MISSING:
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        text = f"{text}\n\nBy default `{default}`.".strip()
    if isinstance(field.shape, Mapped) and field.shape.keys:
        text = f"{text}\n\nBy {', '.join(f'`{key}`' for key in field.shape.keys.values)}.".strip()
    return f"    {field.name}: {spelled}\n" + (_doc(text) if text else "")


def _spelled(shape: Shape) -> str:  # noqa: PLR0911 - one for each form
    match shape:
        case Plain(kind=kind):
            return kind.__name__
        case Either():
            return "Any"
        case FilePath():
            return "str"
        case Words(name=name) | OneOf(name=name):
            return name
        case Listed(item=inner):
            return f"Sequence[{_spelled(inner)}]"
        case Mapped(item=inner):
            return f"Mapping[str, {_spelled(inner)}]"
        case Nested(kind=kind):
            return kind.__name__
        case Computed(of=inner):
            return f"pulumi.Input[{_spelled(inner)}]"


def _outputs(component: type[pulumi.ComponentResource]) -> str:
    texts = explained(component)
    body = ""
    for name, kind in outputs_of(component).items():
        parts = [part for part in get_args(kind) if part is not type(None)]
        optional = len(parts) < len(get_args(kind))
        spelled = _given(parts[0] if optional else kind)
        body += f"    {name}: {f'NotRequired[{spelled}]' if optional else spelled}\n"
        body += _doc(described(texts[name])) if name in texts else ""
    doc = _doc(f"What ``{component.__name__}`` gives.")
    return f"class {component.__name__}Outputs(TypedDict):\n{doc}\n{body}"


def _given(kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if kind is str:
        return "str"
    if origin is pulumi.Output:
        return f"pulumi.Output[{_given(parts[0])}]"
    if origin is not None and len(parts) == 1:
        return f"Sequence[{_given(parts[0])}]"
    return f"Mapping[str, {_given(parts[1])}]"


def _words(words: dict[str, Words]) -> str:
    body = "\n\n".join(
        f'class {name}(StrEnum):\n    """One of a few words."""\n\n'
        + "".join(
            f'    {re.sub("[^A-Z0-9]", "_", value.upper())} = "{value}"\n' for value in kind.values
        )
        for name, kind in sorted(words.items())
    )
    return (
        f'"""Words for inputs; written by ``{COMMAND}``."""\n\nfrom enum import StrEnum\n\n{body}'
    )


def _doc(text: str, *, of_class: bool = False) -> str:
    lines = [
        line
        for paragraph in text.split("\n\n")
        for line in (*textwrap.wrap(" ".join(paragraph.split()), _WIDTH), "")
    ][:-1]
    end = "\n" if of_class and len(lines) > 1 else ""
    return textwrap.indent('"""' + "\n".join(lines) + end + '"""\n', "    ")


def _formatted(texts: Mapping[str, str]) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text)
        for command in (["check", "--select", "I", "--fix-only"], ["format"]):
            rules = ["--quiet", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
            subprocess.run(  # noqa: S603 - this project's own formatter
                [sys.executable, "-m", "ruff", *command, *rules, folder], check=True
            )
        return {name: (Path(folder) / name).read_text() for name in sorted(texts)}


def stale() -> list[str]:
    """Return the files of ``edge/`` that are not what they would be written as now."""
    wanted = modules()
    held = {path.name: path.read_text() for path in EDGE.glob("*.py")}
    return sorted(
        name for name in wanted.keys() | held.keys() if wanted.get(name) != held.get(name)
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the modules, or tell which are not up to date."""
    parser = argparse.ArgumentParser(prog="python -m infra.package.generate", description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite what is not up to date")
    options = parser.parse_args(arguments)
    if options.write:
        wanted = modules()
        for path in EDGE.glob("*.py"):
            if path.name not in wanted:
                path.unlink()
        for name, text in wanted.items():
            (EDGE / name).write_text(text)
        return 0
    names = stale()
    if names:
        sys.stderr.write(f"edge must be up to date: {', '.join(names)}; {COMMAND}\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
