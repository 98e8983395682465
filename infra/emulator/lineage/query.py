"""Associations, and walking along them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moto.sagemaker.exceptions import ResourceNotFound, ValidationError

from infra.emulator.lineage.graph import Association, Entity, Lineage
from infra.emulator.lineage.observe import observe
from infra.emulator.sagemaker_api import Call, Operation, between, page, present, state

TYPES: Final = ("ContributedTo", "AssociatedWith", "DerivedFrom", "Produced", "SameAs")
DEFAULT_DEPTH: Final = 10


def add_association(call: Call) -> Mapping[str, Any]:
    """Connect two entities.

    Raises:
        ResourceNotFound: one of them does not exist.
        ValidationError: they are connected already.
    """
    asked, lineage = call.parameters, _lineage(call)
    source, destination = asked["SourceArn"], asked["DestinationArn"]
    for arn in (source, destination):
        if arn not in lineage.entities:
            raise ResourceNotFound(f"{arn} does not exist.")
    if any(e.source == source and e.destination == destination for e in lineage.edges()):
        raise ValidationError(f"Association already exists from {source} to {destination}")
    kind = asked.get("AssociationType") or TYPES[1]
    lineage.associate(source, destination, kind, call.now())
    return {"SourceArn": source, "DestinationArn": destination}


def delete_association(call: Call) -> Mapping[str, Any]:
    """Disconnect two entities.

    Raises:
        ResourceNotFound: they are not connected.
    """
    source, destination = call.parameters["SourceArn"], call.parameters["DestinationArn"]
    if not _lineage(call).dissociate(source, destination):
        raise ResourceNotFound(f"Association from {source} to {destination} does not exist.")
    return {"SourceArn": source, "DestinationArn": destination}


def list_associations(call: Call) -> Mapping[str, Any]:
    """Return the associations that pass the filters."""
    asked, lineage = call.parameters, _lineage(call)
    found = [
        edge
        for edge in lineage.edges()
        if asked.get("SourceArn") in {None, edge.source}
        and asked.get("DestinationArn") in {None, edge.destination}
        and asked.get("AssociationType") in {None, edge.type}
        and asked.get("SourceType") in {None, lineage.entities[edge.source].type}
        and asked.get("DestinationType") in {None, lineage.entities[edge.destination].type}
        and between(edge.created, asked.get("CreatedAfter"), asked.get("CreatedBefore"))
    ]
    found.sort(key=lambda edge: edge.created, reverse=asked.get("SortOrder") != "Ascending")
    rows, token = page(found, asked, default=10)
    return {
        "AssociationSummaries": [_summary(lineage, edge) for edge in rows],
        "NextToken": token,
    }


def _summary(lineage: Lineage, edge: Association) -> dict[str, Any]:
    source, destination = lineage.entities[edge.source], lineage.entities[edge.destination]
    return present(
        [
            ("SourceArn", edge.source),
            ("DestinationArn", edge.destination),
            ("SourceType", source.type),
            ("DestinationType", destination.type),
            ("AssociationType", edge.type),
            ("SourceName", source.name or None),
            ("DestinationName", destination.name or None),
            ("CreationTime", edge.created),
        ]
    )


def query_lineage(call: Call) -> Mapping[str, Any]:
    """Walk from the start; filters choose what is returned, not where the walk goes.

    Raises:
        ResourceNotFound: a start does not exist.
    """
    asked, lineage = call.parameters, _lineage(call)
    starts = asked.get("StartArns") or []
    for arn in starts:
        if arn not in lineage.entities:
            raise ResourceNotFound(f"{arn} does not exist.")
    depth = DEFAULT_DEPTH if asked.get("MaxDepth") is None else asked["MaxDepth"]
    if starts:
        reached = walk(lineage, starts, asked.get("Direction") or "Both", depth)
    else:
        reached = list(lineage.entities)
    kept = [arn for arn in reached if _passes(lineage.entities[arn], asked.get("Filters") or {})]
    rows, token = page(kept, asked, default=50)
    answer: dict[str, Any] = {
        "Vertices": [
            {"Arn": arn, "Type": entity.type, "LineageType": entity.lineage_type}
            for arn in rows
            if (entity := lineage.entities[arn])
        ],
        "NextToken": token,
    }
    if asked.get("IncludeEdges", True) is not False:
        ends, shown = {*kept, *starts}, set(rows)
        answer["Edges"] = [
            {
                "SourceArn": edge.source,
                "DestinationArn": edge.destination,
                "AssociationType": edge.type,
            }
            for edge in lineage.edges()
            if {edge.source, edge.destination} <= ends and {edge.source, edge.destination} & shown
        ]
    return answer


def walk(lineage: Lineage, starts: list[str], direction: str, depth: int) -> list[str]:
    """Return what is reached within ``depth`` edges, nearest first, without the starts."""
    neighbours: dict[str, list[str]] = {}
    for edge in lineage.edges():
        if direction in {"Both", "Descendants"}:
            neighbours.setdefault(edge.source, []).append(edge.destination)
        if direction in {"Both", "Ascendants"}:
            neighbours.setdefault(edge.destination, []).append(edge.source)
    seen, frontier, reached = set(starts), list(starts), []
    for _ in range(depth):
        following = []
        for arn in frontier:
            for other in neighbours.get(arn, ()):
                if other not in seen:
                    seen.add(other)
                    following.append(other)
        reached += following
        frontier = following
    return reached


def _passes(entity: Entity, filters: Mapping[str, Any]) -> bool:
    properties = filters.get("Properties") or {}
    return (
        (not filters.get("Types") or entity.type in filters["Types"])
        and (not filters.get("LineageTypes") or entity.lineage_type in filters["LineageTypes"])
        and between(entity.created, filters.get("CreatedAfter"), filters.get("CreatedBefore"))
        and between(entity.modified, filters.get("ModifiedAfter"), filters.get("ModifiedBefore"))
        and properties.items() <= entity.properties.items()
    )


def _lineage(call: Call) -> Lineage:
    observe(call.context, call.backend)
    return state(call.backend, Lineage)


OPERATIONS: dict[str, Operation] = {
    "AddAssociation": add_association,
    "DeleteAssociation": delete_association,
    "ListAssociations": list_associations,
    "QueryLineage": query_lineage,
}
