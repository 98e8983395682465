"""An evaluated stack as a snapshot: assets become hashes and texts, tuples lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from infra.graph.assets import SIGNATURE, Archive, Asset, is_asset, opened
from infra.graph.model import UNKNOWN, Resource, ResourceGraph
from infra.graph.wire import UNKNOWN_STRING
from infra.plan._code import read_code
from infra.plan.evaluate import Evaluated
from infra.plan.snapshot import FeatureSchema, Pipeline, Planned, Setting, Snapshot
from infra.plan.symbols import Symbolic
from infra.program import declared_schemas
from stacks.layers import ResolvedStack

LARGEST_TEXT: Final = 256 * 1024
"""Bytes of a file whose text is kept for a diff; larger ones differ by their hash."""


def describe(evaluated: Evaluated) -> Snapshot:
    """Return what a plan compares of an evaluated stack.

    Raises:
        OSError: a file that the program names cannot be read.
    """
    resolved, graph = evaluated.resolved, evaluated.graph
    return Snapshot(
        stack=graph.stack,
        resources=resources_of(graph, evaluated.symbols),
        outputs=plain(graph.outputs),
        pipelines={
            use_case: {
                name: Pipeline(definition=json.loads(one.definition), code=read_code(one))
                for name, one in compiled.pipelines.items()
            }
            for use_case, compiled in evaluated.compiled.items()
        },
        settings=dict(_settings(resolved)),
        config=resolved.config.model_dump(mode="json"),
        schemas=tuple(
            FeatureSchema(
                group=one.group,
                record_identifier=one.record_identifier,
                event_time=one.event_time,
                features=dict(one.features),
                offline_table=one.offline_table,
            )
            for one in declared_schemas(resolved.config, evaluated.compiled)
        ),
    )


def resources_of(graph: ResourceGraph, symbols: Symbolic) -> dict[str, Planned]:
    """Return the resources of a graph that was evaluated with ``symbols``, by URN."""
    return {urn: planned(one, symbols) for urn, one in graph.resources.items()}


def planned(resource: Resource, symbols: Symbolic) -> Planned:
    """Return one resource of a graph as plain values."""
    urn = resource.urn
    return Planned(
        urn=urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        custom=resource.custom,
        inputs=plain(resource.inputs),
        dependencies=resource.dependencies,
        property_dependencies=dict(resource.property_dependencies),
        followed=symbols.followed.get(urn, {}),
        symbols=symbols.symbols.get(urn, {}),
        files=dict(_texts(resource.inputs)),
        protect=resource.protect,
        delete_before_replace=resource.delete_before_replace,
        retain_on_delete=resource.retain_on_delete,
        ignore_changes=resource.ignore_changes,
        replace_on_changes=resource.replace_on_changes,
        aliases=resource.aliases,
        faults=tuple(symbols.faults.get(urn, ())),
    )


def plain(value: Any) -> Any:
    """Return a property as JSON holds it; what is unknown as Pulumi writes it."""
    if isinstance(value, Mapping):
        if is_asset(value):
            return {SIGNATURE: value[SIGNATURE], "hash": opened(value).sha256()}
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return UNKNOWN_STRING if value is UNKNOWN else value


def _texts(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the texts of the files among a resource's inputs."""
    for key, value in inputs.items():
        if not is_asset(value):
            continue
        kept = opened(value)
        files = kept.files() if isinstance(kept, Archive) else {_name(kept, key): kept.read()}
        for name, content in files.items():
            yield from _text(name, content)


def _name(asset: Asset, key: str) -> str:
    return key if asset.path is None else Path(asset.path).name


def _text(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    if len(content) > LARGEST_TEXT or b"\0" in content:
        return
    try:
        yield name, content.decode()
    except UnicodeDecodeError:
        return


def _settings(resolved: ResolvedStack) -> Iterator[tuple[str, Setting]]:
    for key, origin in resolved.origins.items():
        yield key, Setting(value=resolved.values[key], origin=origin)
    for key, text in resolved.pulumi_config.items():
        yield (
            key,
            Setting(value=_withheld(text), origin=f"stacks/Pulumi.{resolved.config.stack}.yaml"),
        )


def _withheld(text: str) -> str:
    """Return a value of Pulumi's own settings; one that holds a secret as its ciphertext's hash."""
    if "{'secure':" not in text:
        return text
    return f"[secret {hashlib.sha256(text.encode()).hexdigest()[:7]}]"
