"""Where the live model came from, by the lineage API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.demo.world import World

Edge = tuple[str, str, str]
"""Source ARN, association type, destination ARN."""


def upstream(world: World) -> list[Edge]:
    """Return every association that leads to the live endpoint."""
    sagemaker = world.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=world.outputs["endpoint"])
    answer: dict[str, Any] = sagemaker.query_lineage(
        StartArns=[endpoint["EndpointArn"]], Direction="Ascendants", IncludeEdges=True, MaxDepth=10
    )
    return [
        (edge["SourceArn"], edge.get("AssociationType", ""), edge["DestinationArn"])
        for edge in answer["Edges"]
    ]


def names(edges: Sequence[Edge]) -> dict[str, str]:
    """Return what to call each ARN."""
    return {arn: arn.rsplit(":", 1)[-1] for edge in edges for arn in (edge[0], edge[2])}


def chain(edges: Sequence[Edge], called: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return the things of the lineage by how many steps they are from its end, farthest first."""
    depth: dict[str, int] = {}
    ends = {edge[2] for edge in edges} - {edge[0] for edge in edges}
    frontier, level = ends, 0
    while frontier:
        depth.update(dict.fromkeys(frontier - depth.keys(), level))
        frontier = {edge[0] for edge in edges if edge[2] in frontier} - depth.keys()
        level += 1
    stages: dict[int, list[str]] = {}
    for arn, steps in depth.items():
        stages.setdefault(steps, []).append(called.get(arn, arn))
    return [
        (f"step {level - steps}", sorted(stages[steps])) for steps in sorted(stages, reverse=True)
    ]
