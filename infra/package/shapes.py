"""What a component takes, as plain values in any language can say it.

Read from the dataclasses ``<Component>Args``; a type that has no such form is refused by name.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import textwrap
import types
from collections.abc import Awaitable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import pulumi


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """Text, a whole number, a number, or a truth."""

    kind: type


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Either:
    """One of several plain kinds."""

    kinds: tuple[type, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FilePath:
    """Text that names a file."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """One of a few words."""

    name: str
    """What other languages call the type."""
    values: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Items in order."""

    item: Shape
    kind: type
    """``tuple`` or ``list``."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Mapped:
    """Values by text."""

    item: Shape
    keys: Words | None
    """Where only these may be keys."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Nested:
    """The fields of another dataclass."""

    kind: type


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OneOf:
    """One of several dataclasses, each under its own name."""

    name: str
    members: Mapping[str, Nested]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """A value that AWS may compute."""

    of: Shape


Shape = Plain | Either | FilePath | Words | Listed | Mapped | Nested | OneOf | Computed


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One input."""

    name: str
    shape: Shape
    required: bool
    takes_none: bool
    """Left out, it is ``None``, though the dataclass has no default."""
    default: object
    """``dataclasses.MISSING`` where there is none, or none that is plain."""
    description: str


_KNOWN: dict[type, tuple[Field, ...]] = {}


def args_of(component: type[pulumi.ComponentResource]) -> type:
    """Return the dataclass of a component's inputs."""
    found: type = inspect.get_annotations(component.__init__, eval_str=True)["args"]
    return found


def fields_of(kind: type[Any]) -> tuple[Field, ...]:
    """Return the inputs of a dataclass, those of its bases first.

    Raises:
        TypeError: one of them has no plain form.
    """
    if kind not in _KNOWN:
        _KNOWN[kind] = _fields(kind)
    return _KNOWN[kind]


def _fields(kind: type) -> tuple[Field, ...]:
    annotations: dict[str, Any] = {}
    descriptions: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if dataclasses.is_dataclass(one):
            annotations |= inspect.get_annotations(one, eval_str=True)
            descriptions |= explained(one)
    return tuple(
        _field(kind, one, annotations[one.name], descriptions.get(one.name, ""))
        for one in dataclasses.fields(kind)
    )


def explained(kind: type) -> dict[str, str]:
    """Return the docstrings under the attributes that a class itself declares."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    return {
        statement.target.id: inspect.cleandoc(following.value.value)
        for statement, following in zip(body.body, body.body[1:], strict=False)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    }


def outputs_of(component: type[pulumi.ComponentResource]) -> dict[str, Any]:
    """Return the annotations of a component's outputs, by name."""
    held = inspect.get_annotations(component, eval_str=True)
    return {name: kind for name, kind in held.items() if not name.startswith("_")}


def shape_of(annotation: Any, called: str) -> Shape:  # noqa: PLR0911 - one for each form
    """Return the form of an annotation; ``called`` names what has no name of its own.

    Raises:
        TypeError: it has no plain form.
    """
    origin, parameters = get_origin(annotation), get_args(annotation)
    if annotation in (str, int, float, bool):
        return Plain(kind=annotation)
    if annotation is Path:
        return FilePath()
    if origin is Literal:
        return Words(name=_alias(annotation) or called, values=parameters)
    if origin in (Union, types.UnionType):
        return _union(parameters, called)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return Nested(kind=annotation)
    if origin is Mapping:
        keys = None if parameters[0] is str else shape_of(parameters[0], f"{called}Key")
        if keys is None or isinstance(keys, Words):
            return Mapped(item=shape_of(parameters[1], called), keys=keys)
    if origin in (Sequence, Collection) or (origin is tuple and parameters[-1] is ...):
        kind = tuple if origin is tuple else list
        return Listed(item=shape_of(parameters[0], called), kind=kind)
    raise TypeError(f"{called} must have a form in plain values, got {annotation!r}")


def _field(kind: type, one: dataclasses.Field[Any], annotation: Any, description: str) -> Field:
    called = stem(kind) + "".join(word.capitalize() for word in one.name.split("_"))
    takes_none = type(None) in get_args(annotation)
    if takes_none:
        rest = tuple(part for part in get_args(annotation) if part is not type(None))
        annotation = Union[rest]  # noqa: UP007 - of parts known only now
    has_default = (
        one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
    )
    plain = isinstance(one.default, str | int | float) and one.default != ""
    return Field(
        name=one.name,
        shape=shape_of(annotation, called),
        required=not has_default and not takes_none,
        takes_none=takes_none,
        default=one.default if plain else dataclasses.MISSING,
        description=description,
    )


def _union(parts: tuple[Any, ...], called: str) -> Shape:
    awaited = [get_args(part)[0] for part in parts if get_origin(part) is Awaitable]
    output = [part for part in parts if isinstance(part, ForwardRef) or _is_output(part)]
    if awaited and output:  # what pulumi.Input[...] stands for
        return Computed(of=shape_of(awaited[0], called))
    if all(dataclasses.is_dataclass(part) for part in parts):
        members = {snake(part.__name__): Nested(kind=part) for part in parts}
        return OneOf(name=called, members=members)
    if all(part in (str, int, float, bool) for part in parts):
        return Either(kinds=parts)
    raise TypeError(f"{called} must have a form in plain values, got one of {parts}")


def _is_output(part: Any) -> bool:
    return get_origin(part) is pulumi.Output


def _alias(words: Any) -> str | None:
    """Return the name that ``components`` gives these words, if any."""
    names = {
        name
        for path, module in sys.modules.items()
        if path.startswith("components.")
        for name, value in vars(module).items()
        if value is words or (get_origin(value) is Literal and value == words)
    }
    return min(names, default=None)


def stem(kind: type) -> str:
    """Return the name of a dataclass, without ``Args``."""
    return kind.__name__.removesuffix("Args")


def snake(name: str) -> str:
    """Return ``SourceObject`` as ``source_object``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
