"""The parts of a picture: a stack's resources by the component that holds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from infra.plan.snapshot import Planned

Lane = Literal["data", "training", "serving", "monitoring", "delivery", "foundation"]

LANES: Final[Mapping[str, Lane]] = {
    "ArtifactStore": "data",
    "FeatureStore": "data",
    "FeatureStream": "data",
    "ExperimentTracking": "training",
    "MlPipeline": "training",
    "OrchestratorAccess": "training",
    "ModelRecorder": "training",
    "ModelRegistry": "training",
    "BatchScoring": "serving",
    "ModelEndpoint": "serving",
    "ScoringApi": "serving",
    "Dashboard": "monitoring",
    "DriftMonitor": "monitoring",
    "ReleaseMonitor": "monitoring",
    "RetrainingGate": "monitoring",
    "ShadowPromotion": "monitoring",
    "DeliveryPipeline": "delivery",
    "DeploymentAccess": "delivery",
    "ModelDelivery": "delivery",
    "ModelPromotion": "delivery",
}
"""Component to where it is drawn; whatever else there is carries the rest: ``foundation``."""
LOOSE: Final = "stack"
"""Holds what the program declares outside of any component."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One node of a picture."""

    key: str
    """URN of the component; :data:`LOOSE` for what lies in none."""
    name: str
    kind: str
    """The component's class: ``FeatureStore``."""
    lane: Lane
    resources: tuple[Planned, ...]

    @property
    def types(self) -> Counter[str]:
        """Return how many resources of each AWS type it holds, by the type's last word."""
        return Counter(one.type.rsplit(":", 1)[-1] for one in self.resources if one.custom)


def parts_of(resources: Iterable[Planned]) -> dict[str, Part]:
    """Return the parts by their key, in order of registration."""
    listed = list(resources)
    roots = roots_of(listed)
    by_urn = {one.urn: one for one in listed}
    held: dict[str, list[Planned]] = {}
    for one in listed:
        held.setdefault(roots[one.urn], []).append(one)
    return {key: _part(key, by_urn.get(key), members) for key, members in held.items()}


def roots_of(resources: Iterable[Planned]) -> dict[str, str]:
    """Return by URN the outermost component that holds a resource; itself for that component."""
    roots: dict[str, str] = {}
    for one in resources:
        if one.parent is not None and one.parent in roots:
            roots[one.urn] = roots[one.parent]
        else:
            roots[one.urn] = LOOSE if one.custom else one.urn
    return roots


def _part(key: str, component: Planned | None, members: list[Planned]) -> Part:
    kind = "" if component is None else component.type.rsplit(":", 1)[-1]
    return Part(
        key=key,
        name=LOOSE if component is None else component.name,
        kind=kind,
        lane=LANES.get(kind, "foundation"),
        resources=tuple(members),
    )
