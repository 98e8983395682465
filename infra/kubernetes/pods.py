"""The pods that an object starts, wherever its kind keeps their template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def pod_specs(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the pods' specs, each with its path.

    A ``TrainJob`` has none of its own: its runtime's template is patched, not replaced.
    """
    if manifest.get("kind") == "Pod" and isinstance(manifest.get("spec"), Mapping):
        yield "spec", manifest["spec"]
    yield from _of_template(manifest, "spec")


def templates(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the metadata that the pods an object starts will have, each with its path."""
    yield from _of_template(manifest, "metadata")


def _of_template(manifest: Mapping[str, Any], part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a part of each template of pods; KServe's predictor is spec and metadata in one."""
    spec = manifest.get("spec")
    if not isinstance(spec, Mapping):
        return
    match manifest.get("kind"):
        case "Deployment" | "Job":
            template = spec.get("template")
            if isinstance(template, Mapping) and isinstance(template.get(part), Mapping):
                yield f"spec.template.{part}", template[part]
        case "InferenceService":
            if isinstance(spec.get("predictor"), Mapping):
                yield "spec.predictor", spec["predictor"]


def containers(spec: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every container of a pod with its path, those that prepare it first."""
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(group) or ()):
            if isinstance(container, Mapping):
                yield f"{path}.{group}[{index}]", container


def resources(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what each container asks for, with its path; a ``TrainJob``'s nodes ask alike."""
    for path, spec in pod_specs(manifest):
        for inner, container in containers(spec, path):
            if isinstance(asked := container.get("resources"), Mapping):
                yield f"{inner}.resources", asked
    own = manifest.get("spec")
    if manifest.get("kind") == "TrainJob" and isinstance(own, Mapping):
        of_nodes: object = (own.get("trainer") or {}).get("resourcesPerNode")
        if isinstance(of_nodes, Mapping):
            yield "spec.trainer.resourcesPerNode", of_nodes
