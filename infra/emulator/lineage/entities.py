"""Operations on artifacts, actions and contexts: one shape, three spellings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError

from infra.emulator.lineage.graph import Entity, Lineage, LineageType
from infra.emulator.lineage.observe import observe
from infra.emulator.sagemaker_api import Call, Operation, between, page, present, state


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the API spells one kind of entity."""

    word: LineageType
    by_arn: bool
    """Artifacts are named by ARN, the others by name."""
    has_status: bool = False

    @property
    def key(self) -> str:
        """Return the member that names an entity in a request."""
        return f"{self.word}Arn" if self.by_arn else f"{self.word}Name"

    def arn(self, call: Call, asked: Mapping[str, Any]) -> str:
        """Return the ARN of an entity that is asked for or to be made."""
        if not self.by_arn:
            return call.arn(self.word.lower(), asked[f"{self.word}Name"])
        identity = json.dumps([asked["Source"], asked["ArtifactType"]], sort_keys=True)
        return call.arn("artifact", hashlib.sha256(identity.encode()).hexdigest()[:32])


def create(spelling: Spelling, call: Call) -> Mapping[str, Any]:
    """Record an entity.

    Raises:
        ValidationError: there is one of that name, or an artifact of that source and type.
    """
    asked, now = call.parameters, call.now()
    lineage = _lineage(call)
    arn = spelling.arn(call, asked)
    if arn in lineage.entities:
        raise ValidationError(f"{spelling.word} already exists: {arn}")
    lineage.entities[arn] = Entity(
        lineage_type=spelling.word,
        arn=arn,
        name=asked.get(f"{spelling.word}Name") or "",
        type=asked[f"{spelling.word}Type"],
        source=dict(asked["Source"]),
        created=now,
        modified=now,
        description=asked.get("Description"),
        status=asked.get("Status") or ("Unknown" if spelling.has_status else None),
        properties=dict(asked.get("Properties") or {}),
        metadata=dict(asked.get("MetadataProperties") or {}),
        tags=list(asked.get("Tags") or []),
    )
    return {f"{spelling.word}Arn": arn}


def describe(spelling: Spelling, call: Call) -> Mapping[str, Any]:
    """Return an entity."""
    entity = _find(spelling, call)
    word = spelling.word
    return present(
        [
            (f"{word}Name", entity.name or None),
            (f"{word}Arn", entity.arn),
            ("Source", entity.source),
            (f"{word}Type", entity.type),
            ("Description", entity.description),
            ("Status", entity.status),
            ("Properties", entity.properties),
            ("CreationTime", entity.created),
            ("LastModifiedTime", entity.modified),
            ("MetadataProperties", entity.metadata or None),
        ]
    )


def list_all(spelling: Spelling, call: Call) -> Mapping[str, Any]:
    """Return the entities that pass the filters."""
    asked, word = call.parameters, spelling.word
    found = [
        entity
        for entity in _lineage(call).of_type(word)
        if asked.get("SourceUri") in {None, entity.uri}
        and asked.get(f"{word}Type") in {None, entity.type}
        and between(entity.created, asked.get("CreatedAfter"), asked.get("CreatedBefore"))
    ]
    by_name = asked.get("SortBy") == "Name"
    found.sort(
        key=lambda entity: (entity.name if by_name else "", entity.created),
        reverse=asked.get("SortOrder") != "Ascending",
    )
    rows, token = page(found, asked, default=10)
    summaries = [
        present(
            [
                (f"{word}Arn", entity.arn),
                (f"{word}Name", entity.name or None),
                ("Source", entity.source),
                (f"{word}Type", entity.type),
                ("Status", entity.status),
                ("CreationTime", entity.created),
                ("LastModifiedTime", entity.modified),
            ]
        )
        for entity in rows
    ]
    return {f"{word}Summaries": summaries, "NextToken": token}


def update(spelling: Spelling, call: Call) -> Mapping[str, Any]:
    """Change what is said of an entity; properties are merged."""
    entity, asked = _find(spelling, call), call.parameters
    if spelling.by_arn and asked.get("ArtifactName"):
        entity.name = asked["ArtifactName"]
    if asked.get("Description") is not None:
        entity.description = asked["Description"]
    if asked.get("Status"):
        entity.status = asked["Status"]
    entity.properties |= asked.get("Properties") or {}
    for name in asked.get("PropertiesToRemove") or []:
        entity.properties.pop(name, None)
    entity.modified = call.now()
    return {f"{spelling.word}Arn": entity.arn}


def delete(spelling: Spelling, call: Call) -> Mapping[str, Any]:
    """Forget an entity.

    Raises:
        ValidationError: it still has associations.
    """
    entity, lineage = _find(spelling, call), _lineage(call)
    if any(lineage.touching(entity.arn)):
        raise ValidationError(f"{spelling.word} {entity.arn} has associations: delete them first")
    del lineage.entities[entity.arn]
    return {f"{spelling.word}Arn": entity.arn}


def _find(spelling: Spelling, call: Call) -> Entity:
    asked, lineage = call.parameters, _lineage(call)
    name = asked.get(spelling.key)
    if name is None and spelling.by_arn and asked.get("Source"):
        entity = lineage.by_uri("Artifact", asked["Source"]["SourceUri"])
    else:
        arn = name if spelling.by_arn else call.arn(spelling.word.lower(), str(name))
        entity = lineage.entities.get(str(arn))
    if entity is None or entity.lineage_type != spelling.word:
        raise ResourceNotFound(f"{spelling.word} {name} does not exist.")
    return entity


def _lineage(call: Call) -> Lineage:
    observe(call.context, call.backend)
    return state(call.backend, Lineage)


SPELLINGS = (
    Spelling("Artifact", by_arn=True),
    Spelling("Action", by_arn=False, has_status=True),
    Spelling("Context", by_arn=False),
)


def _bound(
    operation: Callable[[Spelling, Call], Mapping[str, Any]], spelling: Spelling
) -> Operation:
    return lambda call: operation(spelling, call)


OPERATIONS: dict[str, Operation] = {
    name: _bound(operation, spelling)
    for spelling in SPELLINGS
    for name, operation in (
        (f"Create{spelling.word}", create),
        (f"Describe{spelling.word}", describe),
        (f"List{spelling.word}s", list_all),
        (f"Update{spelling.word}", update),
        (f"Delete{spelling.word}", delete),
    )
}
