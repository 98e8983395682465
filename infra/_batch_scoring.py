"""Scoring by the clock, beside the endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from components.batch_scoring import BatchScoring, BatchScoringArgs
from components.ml_pipeline import MlPipeline
from infra._orchestrators import by_the_clock
from infra._pipelines import METRIC_NAMESPACE, Pipelines
from infra._plan import Foundation, UseCasePlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Batches:
    """What scores batches, and what watches it."""

    pipeline: MlPipeline
    scoring: BatchScoring


def declare_batch_scoring(
    foundation: Foundation, plan: UseCasePlan, pipelines: Pipelines
) -> Batches | None:
    """Declare the pipeline and what starts and watches it; ``None`` where no batch is scored."""
    settings = plan.settings.batch_scoring
    if settings is None:
        return None
    scorer = pipelines.batch()
    scoring = BatchScoring(
        f"{plan.name}-batch",
        BatchScoringArgs(
            name_prefix=pipelines.prefix,
            scorer_name=scorer.pipeline_name,
            scorer_arn=scorer.pipeline_arn,
            schedule=by_the_clock(foundation.config, settings.schedule),
            metric_namespace=METRIC_NAMESPACE,
            dimensions={"Stack": foundation.config.stack, "UseCase": plan.name},
            overdue_hours=settings.overdue_hours,
            key_arn=foundation.operations_key_arn,
            tags=plan.tags,
            alerting=foundation.alerting,
        ),
    )
    return Batches(pipeline=scorer, scoring=scoring)
