"""A stack's Pulumi program with everything it needs to know beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.feature_schemas import (
    AccountSchemas,
    NothingStands,
    Schema,
    StandingSchemas,
    guard,
)
from infra.live_versions import LiveVersions, RegistryVersions, ServedVersions, served_versions
from infra.made_from import made_from
from infra.platform import deploy
from pipelines.compile import ROOT, compile_use_case
from pipelines.compiled import CompiledUseCase
from pipelines.settings import BuildSettings
from stacks.batch_scoring import BatchScoring
from stacks.config import StackConfig
from stacks.errors import StackError
from stacks.layers import load as load_layers

LONGEST_GROUP = 64
"""Characters of a feature group's name: SageMaker's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What ``pulumi up`` runs for one stack, and what is evaluated without it."""

    stack: str
    config: StackConfig
    compiled: Mapping[str, CompiledUseCase]
    """By use case."""
    live: Mapping[str, ServedVersions | None]
    """By use case, the model versions to serve; ``None`` before any was approved."""
    made_from: Mapping[str, str]
    """Commit, branch and author that the program stands at."""
    pulumi_config: Mapping[str, str]
    """What Pulumi's providers read, by ``namespace:key``."""

    def declare(self) -> None:
        """Declare the stack; call it where Pulumi, or an evaluation, listens."""
        deploy(
            self.config,
            self.compiled,
            self.live,
            made_from=self.made_from,
        )


def load(
    stack: str,
    *,
    root: Path | None = None,
    live_versions: LiveVersions | None = None,
    schemas: StandingSchemas | None = None,
) -> Program:
    """Resolve the stack's settings, compile its pipelines, and ask the account what it builds on.

    ``root`` is the project whose stack files count, this one by default. ``live_versions`` is asked
    in place of the registry of the stack's region; then AWS is asked nothing: ``schemas`` tells
    which feature groups stand, and without it none does.

    Raises:
        StackError: the stack is unknown or its files break rules.
        LookupError: the stack file pins a version that the registry does not have.
        SchemaChangeError: a feature group that stands cannot become what is declared.
    """
    resolved = load_layers(stack, root)
    config = resolved.config
    versions = live_versions or RegistryVersions(config.region)
    if schemas is None:
        schemas = AccountSchemas(config.region) if live_versions is None else NothingStands()
    compiled = {
        name: compile_use_case(name, build_settings(config, name)) for name in config.use_cases
    }
    check_images(config, compiled)
    guard(declared_schemas(config, compiled), schemas)
    return Program(
        stack=stack,
        config=config,
        compiled=compiled,
        live={
            name: served_versions(
                versions,
                f"{config.stack}-{name}",
                use_case.serving,
                archive=bool(use_case.kubernetes and use_case.kubernetes.serving),
            )
            for name, use_case in config.use_cases.items()
        },
        made_from=made_from(root or ROOT),
        pulumi_config=resolved.pulumi_config,
    )


def check_images(config: StackConfig, compiled: Mapping[str, CompiledUseCase]) -> None:
    """Hold images of the stack's own, which serve a use case, to those that it has a repository of.

    Raises:
        StackError: one has none.
    """
    for use_case, parts in compiled.items():
        host, _, path = parts.serving_image_uri.partition("/")
        if not host.startswith("${account_id}"):
            continue
        name = path.partition(":")[0].removeprefix(f"{config.stack}/")
        if name not in config.images:
            raise StackError(
                f"{config.stack}: images must name {name}, whose image serves {use_case},"
                f" got {list(config.images)}"
            )


def declared_schemas(
    config: StackConfig, compiled: Mapping[str, CompiledUseCase]
) -> Iterator[Schema]:
    """Yield the schema of each feature group under the name it has in the account.

    Raises:
        StackError: such a name is longer than SageMaker's are; every other has room.
    """
    for use_case, parts in compiled.items():
        for group in parts.feature_groups:
            name = f"{config.stack}-{use_case}-{group.name}"
            if len(name) > LONGEST_GROUP:
                raise StackError(
                    f"{config.stack}: feature group's name must have at most {LONGEST_GROUP}"
                    f" characters with stack and use case before it, got {len(name)}: {name}"
                )
            yield Schema(
                group=name,
                record_identifier=group.record_identifier,
                event_time=group.event_time,
                features=group.features,
                offline_table=config.use_cases[use_case].feature_store.offline_table,
            )


def build_settings(config: StackConfig, use_case: str) -> BuildSettings:
    """Return what the compilation of a use case's pipelines depends on."""
    settings = config.use_cases[use_case]
    return BuildSettings(
        name_prefix=f"{config.stack}-{use_case}",
        stack=config.stack,
        use_case=use_case,
        region=config.region,
        processing_instance_type=settings.processing.instance_type,
        processing_volume_gib=settings.processing.volume_gib,
        processing_local_storage=settings.processing.has_local_storage,
        features_engine=settings.features.engine,
        features_instance_type=settings.features.instance_type or "",
        features_local_storage=settings.features.has_local_storage,
        features_instance_count=settings.features.instance_count,
        features_max_seconds=settings.features.max_seconds,
        **_batch(settings.batch_scoring),
        training_instance_type=settings.training.instance_type,
        training_instance_count=settings.training.instance_count,
        training_volume_gib=settings.training.disk_gib,
        training_use_spot=settings.training.use_spot,
        max_training_seconds=settings.training.max_seconds,
        max_training_wait_seconds=settings.training.wait_seconds,
        training_checkpoints=settings.training.checkpoints,
        training_keep_alive_seconds=settings.training.keep_alive_seconds,
        tuning_strategy=settings.tuning.strategy,
        tuning_early_stopping=settings.tuning.early_stopping,
        tuning_max_jobs=settings.tuning.max_jobs,
        tuning_max_parallel_jobs=settings.tuning.max_parallel_jobs,
        approval=settings.approval,
        minimum_gain=settings.minimum_gain,
        subnet_count=config.network.subnet_count,
        security_group_count=config.network.security_group_count,
    )


def _batch(scoring: BatchScoring | None) -> dict[str, Any]:
    """Return what the definition of the batch pipeline depends on; nothing where there is none."""
    if scoring is None:
        return {}
    return {
        "batch_instance_type": scoring.instance_type,
        "batch_instance_count": scoring.instance_count,
        "batch_local_storage": scoring.has_local_storage,
        "batch_strategy": scoring.strategy,
        "batch_max_payload_mb": scoring.max_payload_mb,
    }
