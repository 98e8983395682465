"""The lineage graph of one account and region."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

LineageType = Literal["Artifact", "Action", "Context", "TrialComponent"]


@dataclass(eq=False, slots=True)
class Entity:
    """A vertex."""

    lineage_type: LineageType
    arn: str
    name: str
    type: str
    """``DataSet``, ``Model``, ``ModelDeployment``, ``Endpoint``, ...; free text."""
    source: dict[str, Any]
    """``SourceUri`` and what identifies it beside."""
    created: datetime
    modified: datetime
    description: str | None = None
    status: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def uri(self) -> str:
        """Return where it comes from: an S3 URI, an image, or the ARN of a resource."""
        found: str = self.source["SourceUri"]
        return found


@dataclass(frozen=True, slots=True)
class Association:
    """An edge."""

    source: str
    destination: str
    type: str
    created: datetime


class Lineage:
    """Vertices by ARN and the edges between them."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.lock = threading.RLock()
        self._edges: dict[tuple[str, str], Association] = {}

    def of_type(self, kind: LineageType) -> list[Entity]:
        """Return every vertex of a kind, oldest first."""
        return [entity for entity in self.entities.values() if entity.lineage_type == kind]

    def by_uri(self, kind: LineageType, uri: str) -> Entity | None:
        """Return the vertex that comes from ``uri``."""
        for entity in self.entities.values():
            if entity.lineage_type == kind and entity.uri == uri:
                return entity
        return None

    def associate(self, source: str, destination: str, kind: str, now: datetime) -> None:
        """Add an edge; one that is there stays as it is."""
        edge = Association(source, destination, kind, now)
        self._edges.setdefault((source, destination), edge)

    def dissociate(self, source: str, destination: str) -> bool:
        """Remove an edge; tell whether it was there."""
        return self._edges.pop((source, destination), None) is not None

    def edges(self) -> list[Association]:
        """Return every edge, oldest first."""
        return list(self._edges.values())

    def touching(self, arn: str) -> Iterator[Association]:
        """Yield the edges of a vertex."""
        return (edge for edge in self.edges() if arn in {edge.source, edge.destination})
