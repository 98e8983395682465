"""The steps of a SageMaker pipeline definition, apart from what changes without meaning anything.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html, and the JSON schema of
definitions, https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.plan._values import canonical, items, mapping, text

BRANCHES: Final = {"IfSteps": "if branch of", "ElseSteps": "else branch of"}
RECORD: Final = "made-from.json"
"""Named by the definition's own hash: it is another object after every change."""
_KEY: Final = re.compile(r"([^\s\"{}]*?)([0-9a-f]{64})/([\w.-]+)")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = re.compile(r"[\w.'\[\]-]+")
_STEP: Final = re.compile(r"Steps\.([\w-]+)")
_SHOWN: Final = re.compile(r"(?<!«)«Steps\.([\w-]+)")


@dataclass(frozen=True, order=True, slots=True)
class Edge:
    """Why a step comes after another."""

    kind: str
    """``waits for``, ``reads from``, ``if branch of`` or ``else branch of``."""
    step: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step, those within a condition's branches like all others."""

    name: str
    type: str
    edges: frozenset[Edge]
    content: Mapping[str, Any]
    """All else that is said of it; references are text in «», and no hash of code is in it."""
    objects: Mapping[str, str] = field(default_factory=dict)
    """Name of each object of code that it takes, to the hash in its key."""


def steps(definition: Mapping[str, Any]) -> dict[str, Step]:
    """Return the steps of a plain definition by name; namesakes are numbered."""
    hashes = {sha256: name for name, sha256 in objects(definition).items()}
    found: dict[str, Step] = {}
    for raw, within in flat(definition.get("Steps")):
        name = str(raw.get("Name", "unnamed"))
        number = 1
        while name in found:
            number += 1
            name = f"{raw.get('Name', 'unnamed')} ({number})"
        found[name] = _step(name, raw, within, hashes)
    return found


def objects(value: object) -> dict[str, str]:
    """Return name and hash of each object that keys within a value name by content."""
    return {name: sha256 for text in strings(value) for _, sha256, name in _KEY.findall(text)}


def strings(value: object) -> Iterator[str]:
    """Yield every string within a plain value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def followed(value: Any, names: Mapping[str, str]) -> Any:
    """Return content with the steps that it refers to under their new names."""
    if isinstance(value, str):
        return _SHOWN.sub(lambda found: f"«Steps.{names.get(found[1], found[1])}", value)
    if isinstance(value, Mapping):
        return {key: followed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [followed(item, names) for item in value]
    return value


def moved(edges: frozenset[Edge], names: Mapping[str, str]) -> frozenset[Edge]:
    """Return edges with the steps that they lead to under their new names."""
    return frozenset(Edge(edge.kind, names.get(edge.step, edge.step)) for edge in edges)


def renames(old: Mapping[str, Step], new: Mapping[str, Step]) -> dict[str, str]:
    """Return the steps that are as they were, but for their name and other steps' names."""
    gone = [step for name, step in old.items() if name not in new]
    come = {name: _identity(step, {}) for name, step in new.items() if name not in old}
    found: dict[str, str] = {}
    progress = True
    while gone and progress:  # a renamed step's followers are equal only once it is known
        progress = False
        for step in list(gone):
            identity = _identity(step, found)
            match = next((name for name, other in come.items() if other == identity), None)
            if match is not None:
                found[step.name] = match
                del come[match]
                gone.remove(step)
                progress = True
    return found


def _identity(step: Step, names: Mapping[str, str]) -> str:
    edges = sorted((edge.kind, edge.step) for edge in moved(step.edges, names))
    return canonical([step.type, followed(step.content, names), edges, sorted(step.objects)])


def flat(
    listed: object, within: Edge | None = None
) -> Iterator[tuple[dict[str, Any], Edge | None]]:
    """Yield the steps of a plain list, those within branches with the branch that they are in."""
    for raw in items(listed):
        if not isinstance(raw, dict):
            continue
        yield raw, within
        arguments = mapping(raw.get("Arguments"))
        for key, kind in BRANCHES.items():
            if isinstance(arguments.get(key), list):
                yield from flat(arguments[key], Edge(kind, str(raw.get("Name", "unnamed"))))


def _step(
    name: str, raw: Mapping[str, Any], within: Edge | None, hashes: Mapping[str, str]
) -> Step:
    own = {key: item for key, item in raw.items() if key not in {"Name", "Type", "DependsOn"}}
    if isinstance(own.get("Arguments"), dict):
        own["Arguments"] = {
            key: item
            for key, item in own["Arguments"].items()
            if not (key in BRANCHES and isinstance(item, list))
        }
    edges = {Edge("waits for", text(one)) for one in items(raw.get("DependsOn"))}
    edges |= {Edge("reads from", step) for step in _read(own)}
    edges |= {within} if within else set()
    return Step(
        name=name,
        type=str(raw.get("Type", "")),
        edges=frozenset(edges),
        content=mapping(_shown(own, hashes)),
        objects=objects(own),
    )


def _read(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("Get"), str):
            yield from _STEP.findall(value["Get"])[:1]
        for item in value.values():
            yield from _read(item)
    elif isinstance(value, list):
        for item in value:
            yield from _read(item)


def _shown(value: Any, hashes: Mapping[str, str]) -> Any:
    """Return a value with references as text in «», which are doubled where they stand in it."""
    if isinstance(value, str):
        return _unhashed(value, hashes).replace("«", "««").replace("»", "»»")
    if isinstance(value, Mapping):
        return _expression(value, hashes) or {k: _shown(v, hashes) for k, v in value.items()}
    if isinstance(value, list):
        return [_shown(item, hashes) for item in value]
    return value


def _expression(value: Mapping[str, Any], hashes: Mapping[str, str]) -> str | None:
    match value:
        case {"Get": str(path), **rest} if not rest and _PATH.fullmatch(path):
            return f"«{path}»"
        case {"Std:JsonGet": {"PropertyFile": {"Get": str(file)}, "Path": str(path)}, **rest} if (
            not rest
            and len(value["Std:JsonGet"]) == 2  # noqa: PLR2004 - file and path
            and len(value["Std:JsonGet"]["PropertyFile"]) == 1
            and _PATH.fullmatch(file)
            and _PATH.fullmatch(path)
        ):
            return f"«{file}: {path}»"
        case {"Std:Join": {"On": str(separator), "Values": list(values)}, **rest} if (
            not rest and len(value["Std:Join"]) == 2  # noqa: PLR2004 - separator and parts
        ):
            parts = [_shown(item, hashes) for item in values]
            if all(isinstance(part, str) for part in parts):
                return str(_shown(separator, hashes)).join(parts)
    return None


def _unhashed(text: str, hashes: Mapping[str, str]) -> str:
    """Take the hashes of code out of a text: what they stand for is compared itself."""
    if not _HASH.search(text):
        return text
    text = _KEY.sub(r"\1\3", text)
    return _HASH.sub(
        lambda found: f"(hash of {hashes[found[0]]})" if found[0] in hashes else found[0], text
    )
