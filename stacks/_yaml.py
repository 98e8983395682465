"""Reading a layer: plain values, the line of each, and no key twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from stacks.errors import Problem, StackFileError

Key = tuple[str, ...]
MOST: Final = 20_000
"""Values that a layer may hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One file's values and where they stand in it."""

    file: str
    """Relative to the project."""
    values: Mapping[str, Any]
    lines: Mapping[Key, int]
    """Line of every key, from 1."""


def read(path: Path, root: Path) -> Layer:
    """Read the YAML mapping at ``path``; an empty file is an empty mapping.

    Raises:
        StackFileError: not YAML, not a mapping, or a key that is there twice.
    """
    file = path.relative_to(root).as_posix()
    try:
        values, reader = _values(path.read_text(encoding="utf-8"), file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = Problem(file=f"{file}:{line}", key="file", rule=f"must be YAML: {error.problem}")
        raise StackFileError([problem]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Bytes that are no UTF-8, a date that does not exist, an alias of what it lies in.
        said = str(error).split("\n", 1)[0]
        problem = Problem(file=file, key="file", rule=f"must be YAML: {said}")
        raise StackFileError([problem]) from error
    if not isinstance(values, dict):
        got = type(values).__name__
        raise StackFileError([Problem(file=file, key="file", rule="must be a mapping", value=got)])
    if reader.problems:
        raise StackFileError(reader.problems)
    return Layer(file=file, values=values, lines=reader.lines)


def _values(text: str, file: str) -> tuple[object, _Reader]:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        reader = _Reader(file, loader)
        return ({} if node is None else reader.value(node, ())), reader
    finally:
        loader.dispose()


class _Reader:
    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self._file = file
        self._loader = loader
        self.lines: dict[Key, int] = {}
        self.problems: list[Problem] = []
        self._count = 0

    def value(self, node: yaml.Node, key: Key) -> object:
        self._count += 1
        if self._count > MOST:  # aliases of aliases make much of little
            raise ValueError(f"it must hold at most {MOST} values, aliases counted each time")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, str(i))) for i, item in enumerate(node.value)]
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, object]:
        values: dict[str, object] = {}
        for name_node, value_node in node.value:
            name = str(name_node.value)
            here = (*key, name)
            line = name_node.start_mark.line + 1
            if name in values:
                rule = f"must stand once, but stands in line {self.lines[here]} already"
                self.problems.append(
                    Problem(file=f"{self._file}:{line}", key=".".join(here), rule=rule)
                )
                continue
            self.lines[here] = line
            values[name] = self.value(value_node, here)
        return values
