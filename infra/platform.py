"""The composition root: what one stack consists of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.dashboard import WatchedModel
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from infra._boundary import bound_roles
from infra._delivery import declare_delivery_pipeline
from infra._deployment import declare_deployment
from infra._kubernetes import declare_namespace
from infra._metadata import declare_tracking
from infra._neighbours import downstream, upstream
from infra._network import declare_network
from infra._operations import declare_budget, declare_dashboard, declare_routes
from infra._orchestrators import declare_orchestrator
from infra._people import declare_people
from infra._plan import Foundation, UseCasePlan
from infra._registries import declare_audit_trail, declare_images
from infra._use_case import NOT_YET, declare_use_case
from infra.live_versions import ServedVersions
from pipelines.compiled import CompiledUseCase
from stacks.config import StackConfig
from stacks.use_case import UseCase

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def deploy(
    config: StackConfig,
    compiled: Mapping[str, CompiledUseCase],
    live: Mapping[str, ServedVersions | None],
    *,
    made_from: Mapping[str, str] = NOTHING,
) -> None:
    """Declare everything one stack consists of, and export what other systems read.

    ``compiled`` and ``live`` are by use case; ``live`` holds the model versions to serve, ``None``
    before there is one. ``made_from`` is commit, branch and author of the program.

    Raises:
        KeyError: a use case was not compiled.
    """
    tags = {
        **config.tags,
        "project": "mlops-loop",
        "environment": config.environment,
        "owner": config.owner,
        "team": config.team,
        **_of_a_while(config),
    }
    bound_roles(config, tags)
    before = upstream(config)
    store = ArtifactStore(
        "store",
        ArtifactStoreArgs(
            tags=tags,
            noncurrent_retention_days=config.noncurrent_retention_days,
            capture_retention_days=config.capture_retention_days,
            deletion_protection=config.deletion_protection,
            force_destroy=config.force_destroy,
            studio=bool(config.people.members),
            downstream=downstream(config),
        ),
    )
    operations = EncryptionKey(
        "operations",
        EncryptionKeyArgs(
            description="Logs, queues, topics, function settings, builds and decisions",
            services=(
                *("logs", "events", "cloudwatch", "budgets"),
                *(("cloudtrail",) if config.audit_trail else ()),
            ),
            tags=tags,
            deletion_protection=config.deletion_protection,
        ),
    )
    for bucket in ("raw_bucket", "features_bucket", "artifacts_bucket", "capture_bucket"):
        pulumi.export(bucket, getattr(store, bucket))
    tracking = declare_tracking(config, store, tags)
    if tracking is not None:
        pulumi.export("tracking_url", tracking.server_url)
    pulumi.export("artifacts_key_arn", store.artifacts_key_arn)
    foundation = Foundation(
        config=config,
        store=store,
        network=declare_network(config, key_arn=operations.arn, tags=tags),
        images=declare_images(config, key_arn=store.artifacts_key_arn, tags=tags),
        operations_key_arn=operations.arn,
        upstream=before,
        made_from=made_from,
        tracking_server_arn=tracking.server_arn if tracking else None,
        alerting=declare_routes(config, operations.arn, tags),
        namespace=declare_namespace(config, tags),
    )
    declare_audit_trail(config, store, key_arn=operations.arn, tags=tags)
    if foundation.images is not None:
        pulumi.export("image_repositories", dict(foundation.images.repository_urls))
    if foundation.namespace is not None:
        pulumi.export("kubernetes_namespace", foundation.namespace.namespace.namespace)
    api_arns: list[pulumi.Input[str]] = []
    watched: list[WatchedModel] = []
    spending: list[pulumi.Output[str]] = []
    runnable: list[pulumi.Output[str]] = []
    for name, settings in config.use_cases.items():
        if live[name] is None:
            pulumi.log.info(f"{name}: {NOT_YET}")
        plan = UseCasePlan(
            name=name,
            settings=settings,
            compiled=compiled[name],
            served=live[name],
            tags={**tags, "use_case": name, **_chartered(settings)},
        )
        loop = declare_use_case(foundation, plan)
        watched.append(loop.watched)
        spending += loop.spending_roles
        runnable += loop.pipeline_arns
        for key, value in loop.outputs.items():
            pulumi.export(f"{name}_{key}", value)
        if "invoke_arn" in loop.outputs:
            api_arns.append(pulumi.Output.from_input(loop.outputs["invoke_arn"]).apply(str))
    for key, value in declare_people(foundation, api_arns, tags).items():
        pulumi.export(key, value)
    for key, value in declare_orchestrator(config, runnable, tags).items():
        pulumi.export(key, value)
    dashboard = declare_dashboard(config, watched)
    declare_budget(config, foundation.alerting, spending, tags)
    pulumi.export("dashboards", list(dashboard.names))
    delivers = {
        **declare_deployment(config, tags),
        **declare_delivery_pipeline(foundation, tags),
    }
    for key, what in delivers.items():
        pulumi.export(key, what)


def _chartered(settings: UseCase) -> dict[str, str]:
    """Return the tags that say what a use case foretells, and who decides about it."""
    charter = settings.charter
    if charter is None:
        return {}
    return {"use_case_owner": charter.owner, "problem": charter.problem, "label": charter.label}


def _of_a_while(config: StackConfig) -> dict[str, str]:
    """Return the tags that tell a short-lived stack's resources from its environment's own."""
    if config.instance is None or config.expires is None:
        return {}
    return {"instance": config.instance, "expires": config.expires.isoformat()}
