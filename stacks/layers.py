"""Resolve a stack: environment, then team, then the stack's own file, the later ones winning.

Mappings merge key by key; lists and plain values are replaced whole. A layer may hold
``every_use_case``, which lies under each of the stack's use cases at that layer's rank.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stacks._problems import problems
from stacks._yaml import Key, Layer, read
from stacks.config import StackConfig
from stacks.errors import Problem, StackFileError, UnknownStackError, close_to
from stacks.names import StackName, parse, stacks

SETTINGS = "mlops-loop:platform"
"""Key of the stack's own settings in its Pulumi file: project name and config name."""
PULUMI_KEYS = frozenset({"config", "secretsprovider", "encryptedkey", "encryptionsalt"})
"""What the Pulumi CLI writes and reads at the top of a stack file."""
EVERY_USE_CASE = "every_use_case"
DEFAULT = "default"
"""Origin of what no file sets: the default stands in ``stacks/config.py``."""
STACK_NAME = "stack name"
SHORT_LIVED = "short_lived.yaml"
"""Layer over the base's file: what a stack that stands for a while differs in."""
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedStack:
    """A stack's settings, and which layer each value comes from."""

    config: StackConfig
    origins: Mapping[str, str]
    """Dotted key of every leaf to ``file:line``, ``DEFAULT`` or ``STACK_NAME``."""
    values: Mapping[str, Any]
    """Dotted key of every leaf to its value, as JSON has it."""
    paths: Mapping[str, Key]
    """Dotted key of every leaf to its parts: the name of a rule has dots of its own."""
    pulumi_config: Mapping[str, str]
    """The other keys of the stack file, for Pulumi's providers: ``aws:region``."""


def load(stack: str, root: Path | None = None) -> ResolvedStack:
    """Resolve ``stack`` from the files below ``root``, this project by default.

    Raises:
        UnknownStackError: a file of the stack does not exist.
        StackFileError: the files break rules; it tells all of them.
    """
    root = root or _ROOT
    name, own, layers = _layers(stack, root)
    merged = _Merged()
    said = {key: value for key, value in asdict(name).items() if value is not None}
    for key, value in said.items():
        merged.put((key,), value, STACK_NAME)
    names = {n for layer in layers for n in _mapping(layer.values.get("use_cases"))}
    for layer in layers:
        merged.add(layer, names)
    found = _agreement(merged, layers, own, said)
    try:
        # As JSON, since strict validation takes a list for a tuple only there.
        text = json.dumps(merged.values, default=str)
        config = StackConfig.model_validate_json(text)
    except ValidationError as error:
        found += problems(error, merged.origins, own.file)
        raise StackFileError(found) from error
    if found:
        raise StackFileError(found)
    others = {key: str(value) for key, value in _config(own).items() if key != SETTINGS}
    leaves = dict(_leaves(config.model_dump(mode="json")))
    return ResolvedStack(
        config=config,
        origins={".".join(key): merged.origins.get(key, DEFAULT) for key in leaves},
        values={".".join(key): value for key, value in leaves.items()},
        paths={".".join(key): key for key in leaves},
        pulumi_config=others,
    )


def _layers(stack: str, root: Path) -> tuple[StackName, Layer, list[Layer]]:
    """Return the stack's own file, and all layers from the lowest."""
    folder = root / "stacks"
    file = folder / f"Pulumi.{stack}.yaml"
    try:
        name = parse(stack)
    except ValueError:
        name = None
    if name is None or not file.is_file():
        known = [*stacks(root), *stacks(root, short_lived=True)]
        raise UnknownStackError(
            f"stacks/Pulumi.{stack}.yaml: stack must be one of {known}, got {stack!r}"
            + _hint(close_to(stack, known))
        )
    paths = [
        folder / "environments" / f"{name.environment}.yaml",
        folder / "teams" / f"{name.team}.yaml",
    ]
    for path in paths:
        if not path.is_file():
            known = sorted(other.stem for other in path.parent.glob("*.yaml"))
            raise UnknownStackError(
                f"{path.relative_to(root).as_posix()}: {path.parent.name.rstrip('s')} of stack"
                f" {stack!r} must be one of {known}, got {path.stem!r}"
                + _hint(close_to(path.stem, known))
            )
    layers = [read(path, root) for path in paths]
    if name.instance is not None:
        layers += _beneath(name, root)
    own = read(file, root)
    if found := list(_misplaced(own)):
        raise StackFileError(found)
    return name, own, [*layers, _settings(own)]


def _beneath(name: StackName, root: Path) -> list[Layer]:
    """Return what lies beneath a short-lived stack's own file."""
    base, off = root / "stacks" / f"Pulumi.{name.base}.yaml", root / "stacks" / SHORT_LIVED
    for path, what in ((base, f"the stack {name.base}"), (off, "what short-lived stacks lack")):
        if not path.is_file():
            raise UnknownStackError(
                f"{path.relative_to(root).as_posix()}: stack {str(name)!r} must have a file beneath"
                f" it for {what}, got none"
            )
    return [_settings(read(base, root)), read(off, root)]


def _settings(own: Layer) -> Layer:
    """Return the layer within a stack file."""
    prefix = ("config", SETTINGS)
    depth = len(prefix)
    return Layer(
        file=own.file,
        values=_mapping(_config(own).get(SETTINGS)),
        lines={
            key[depth:]: line
            for key, line in own.lines.items()
            if key[:depth] == prefix and len(key) > depth
        },
    )


def _misplaced(own: Layer) -> Iterator[Problem]:
    """Find keys of a stack file that neither Pulumi nor this project reads."""
    for key in own.values.keys() - PULUMI_KEYS:
        close = close_to(key, PULUMI_KEYS)
        file = f"{own.file}:{own.lines[(key,)]}"
        yield Problem(file=file, key=key, rule="is not a key of a stack file", close=close)
    for key in _config(own).keys() - {SETTINGS}:
        if key.startswith("mlops-loop:") or close_to(key, [SETTINGS]):
            file = f"{own.file}:{own.lines['config', key]}"
            yield Problem(file=file, key=key, rule="is an unknown key", close=(SETTINGS,))


class _Merged:
    """Values of all layers so far, and the place of each."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[Key, str] = {}

    def add(self, layer: Layer, use_cases: set[str]) -> None:
        rest = {key: value for key, value in layer.values.items() if key != EVERY_USE_CASE}
        if EVERY_USE_CASE in layer.values:
            for name in sorted(use_cases):
                self._merge(layer, ("use_cases", name), (EVERY_USE_CASE,), layer.values)
        for key, value in rest.items():
            self._merge(layer, (key,), (key,), {key: value})

    def put(self, key: Key, value: object, origin: str) -> None:
        node = self.values
        for part in key[:-1]:
            if not isinstance(node.get(part), dict):
                node[part] = {}
            node = node[part]
        for old in [known for known in self.origins if known[: len(key)] == key]:
            del self.origins[old]
        node[key[-1]] = value
        self.origins[key] = origin

    def _merge(self, layer: Layer, key: Key, place: Key, within: Mapping[str, Any]) -> None:
        """Put what stands at ``place`` of the layer at ``key``; ``within`` holds its last part."""
        value = within[place[-1]]
        if isinstance(value, dict) and value:
            for name in value:
                self._merge(layer, (*key, name), (*place, name), value)
        else:
            line = layer.lines.get(place)
            self.put(key, value, f"{layer.file}:{line}" if line else layer.file)


def _agreement(
    merged: _Merged, layers: list[Layer], own: Layer, said: Mapping[str, str]
) -> list[Problem]:
    """Check what stands in two places: the stack's name, and Pulumi's region."""
    found = [
        Problem(
            file=merged.origins[name,],
            key=name,
            rule=f"must be {wanted!r}, as the stack's name says",
            value=repr(merged.values[name]),
        )
        for name, wanted in said.items()
        if merged.values[name] != wanted
    ]
    region, pulumis = merged.values.get("region"), _config(own).get("aws:region")
    if region is not None and region != pulumis:
        found.append(
            Problem(
                file=own.file,
                key="aws:region",
                rule=f"must equal region, {region!r} in {merged.origins.get(('region',), '?')}",
                value=repr(pulumis),
            )
        )
    if not layers[-1].values:
        found.append(Problem(file=own.file, key=f"config.{SETTINGS}", rule="is missing"))
    return found


def _config(own: Layer) -> Mapping[str, Any]:
    return _mapping(own.values.get("config"))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _leaves(values: Mapping[str, Any], key: Key = ()) -> Iterator[tuple[Key, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*key, name))
        else:
            yield (*key, name), value


def _hint(close: tuple[str, ...]) -> str:
    return f"; close to it: {', '.join(close)}" if close else ""
