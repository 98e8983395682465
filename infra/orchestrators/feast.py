"""Feast: a repository for each use case, over the offline stores of its feature groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated
from infra.orchestrators.pipelines import among
from infra.orchestrators.render import rendered, variable
from infra.program import build_settings
from pipelines.compile import compile_use_case
from pipelines.compiled import FeatureGroupSchema
from stacks.config import StackConfig
from stacks.layers import load

SYNC: Final = Path(__file__).parent / "plugins" / "sync.py"
TYPES: Final = {"String": "String", "Integral": "Int64", "Fractional": "Float64"}
"""SageMaker's type to Feast's."""
KEYS: Final = {"String": "STRING", "Integral": "INT64"}
"""Type of a record identifier to Feast's of an entity."""
TIMES: Final = frozenset({"String", "Fractional"})
JOIN_TIME: Final = "event_timestamp"
"""Feast's column of the moment that features are asked for."""
JOIN_END: Final = "_y"
"""What Feast's join on DuckDB names the other side's columns by, and takes away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _View:
    name: str
    description: str
    identifier: str
    identifier_type: str
    event_time: str
    fields: Mapping[str, str]


def generate(stack: str, root: Path, command: str, *, use_case: str | None = None) -> Generated:
    """Return a folder for each use case: ``feature_store.yaml``, ``features.py``, ``sync.py``.

    Raises:
        ExportError: the stack has no such use case, or Feast has no word for something of a schema;
            tells all of it, with the file.
        StackError: the stack is unknown or its files break rules.
        CompileError: a use case does not compile.
    """
    config = load(stack, root).config
    names = [use_case] if use_case else sorted(config.use_cases)
    among(f"stacks/Pulumi.{stack}.yaml: use_case", names, config.use_cases)
    files: dict[str, str] = {}
    for name in names:
        groups = compile_use_case(name, build_settings(config, name)).feature_groups
        files |= {f"{name}/{file}": text for file, text in repository(config, name, groups).items()}
    shared = {f"{name}/sync.py": SYNC.read_text(encoding="utf-8") for name in names}
    return Generated(command=command, files=files, shared=shared, whole=use_case is None)


def repository(
    config: StackConfig, use_case: str, groups: Sequence[FeatureGroupSchema]
) -> dict[str, str]:
    """Return the files of one use case's repository that differ from another's.

    Raises:
        ExportError: Feast has no word for something of a schema.
    """
    if problems := list(_problems(groups)):
        file = f"pipelines/{use_case}/schema.py"
        raise ExportError("\n".join(f"{file}: {one}" for one in problems))
    settings = config.orchestrators.feast
    views = [_view(group) for group in groups]
    kinds = {group.record_identifier: group.features[group.record_identifier] for group in groups}
    used = {kind for view in views for kind in (view.identifier_type, *view.fields.values())}
    features = rendered(
        "feast_features.py.jinja",
        title=f"The features of {use_case}, {config.stack}.",
        use_case=use_case,
        owner=config.owner,
        entities={key: KEYS[kind] for key, kind in kinds.items()},
        views=views,
        dtypes=sorted(used),
        ttl_days=settings.ttl_days or 0,
        tags={"stack": config.stack, "use_case": use_case},
    )
    return {
        "feature_store.yaml": _yaml(_store(config, use_case)),
        "features.py": features,
        "feature_groups.yaml": _yaml(_groups(config, use_case, groups)),
    }


def _view(group: FeatureGroupSchema) -> _View:
    own = {group.record_identifier, group.event_time}
    return _View(
        name=variable(group.name),
        description=group.description,
        identifier=group.record_identifier,
        identifier_type=TYPES[group.features[group.record_identifier]],
        event_time=group.event_time,
        fields={name: TYPES[kind] for name, kind in group.features.items() if name not in own},
    )


def _store(config: StackConfig, use_case: str) -> dict[str, Any]:
    online: dict[str, Any] = {"type": "sqlite", "path": "data/online_store.db"}
    if config.orchestrators.feast.online_store == "dynamodb":
        online = {"type": "dynamodb", "region": config.region}
    return {
        "project": variable(f"{config.stack}_{use_case}"),
        "provider": "local",
        "registry": "data/registry.db",
        "online_store": online,
        "offline_store": {"type": "duckdb"},
        "entity_key_serialization_version": 3,
    }


def _groups(
    config: StackConfig, use_case: str, groups: Sequence[FeatureGroupSchema]
) -> dict[str, Any]:
    return {
        "region": config.region,
        "groups": {
            variable(group.name): {
                "feature_group": f"{config.stack}-{use_case}-{group.name}",
                "record_identifier": group.record_identifier,
                "event_time": group.event_time,
                "features": dict(group.features),
            }
            for group in groups
        },
    }


def _problems(groups: Sequence[FeatureGroupSchema]) -> Iterator[str]:
    keys: dict[str, str] = {}
    for group in groups:
        where = f"feature group {group.name}"
        for name, kind in group.features.items():
            if kind not in TYPES:
                yield (
                    f"{where}: feature {name} must be one of {sorted(TYPES)} for Feast,"
                    f" got {kind!r}"
                )
            if name == JOIN_TIME:
                yield f"{where}: a feature must not be named {JOIN_TIME}, which is Feast's own"
            if name.endswith(JOIN_END):
                yield f"{where}: a feature must not end in {JOIN_END} for Feast, got {name!r}"
        identifier, kind = group.record_identifier, group.features[group.record_identifier]
        if kind not in KEYS:
            yield f"{where}: record identifier must be one of {sorted(KEYS)}, got {kind!r}"
        if keys.setdefault(identifier, kind) != kind:
            yield f"{where}: record identifier {identifier} must be {keys[identifier]}, got {kind}"
        if group.features[group.event_time] not in TIMES:
            got = group.features[group.event_time]
            yield f"{where}: event time must be one of {sorted(TIMES)}, got {got!r}"
        if len(group.features) <= len({group.record_identifier, group.event_time}):
            yield f"{where}: must have a feature beside identifier and event time, got none"
    names = [variable(group.name) for group in groups]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"feature groups must have different names for Feast, got {name} twice"


def _yaml(said: Mapping[str, Any]) -> str:
    return yaml.safe_dump(said, sort_keys=False, default_flow_style=False)
