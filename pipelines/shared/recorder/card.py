"""The model card of a version, in SageMaker's schema, from what the registry knows.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipelines.shared.lineage.facts import Data, TrainingJob, Version

STATUS = {
    "Approved": "Approved",
    "PendingManualApproval": "PendingReview",
    "Rejected": "Archived",
}
"""Status of the card by that of the version."""
MOST_DATASETS = {"training": 15, "evaluation": 10}
"""Items that the schema allows."""
LONGEST_NAME = 63


@dataclass(frozen=True)
class Purpose:
    """What only people can say of a model; the use case states it."""

    description: str
    purpose: str
    intended_uses: str
    factors: str
    """What makes it better or worse."""
    risk_rating: str
    """``High``, ``Medium``, ``Low`` or ``Unknown``."""
    risk_explanation: str
    problem_type: str
    algorithm: str
    business_problem: str
    stakeholders: str
    ethical_considerations: str
    caveats: str


def stated(purpose: Purpose, objective: str | None) -> Purpose:
    """Return the purpose with the objective that is recorded where the use case was started."""
    return purpose if objective is None else replace(purpose, purpose=objective)


def name(version: Version) -> str:
    """Return the card's name: one card for each version."""
    return f"{version.group[: LONGEST_NAME - 8]}-v{version.number}"


def content(version: Version, purpose: Purpose, owner: str) -> dict[str, Any]:
    """Return the card's content; what is not known is left out."""
    told: dict[str, Any] = _told(
        {
            "model_overview": {
                "model_id": version.arn,
                "model_name": version.group,
                "model_version": version.number,
                "model_description": purpose.description,
                "model_owner": owner,
                "model_creator": version.code.author,
                "problem_type": purpose.problem_type,
                "algorithm_type": purpose.algorithm,
                "model_artifact": [version.model_data] if version.model_data else None,
                "inference_environment": {
                    "container_image": [version.image] if version.image else None
                },
            },
            "intended_uses": {
                "purpose_of_model": purpose.purpose,
                "intended_uses": purpose.intended_uses,
                "factors_affecting_model_efficiency": purpose.factors,
                "risk_rating": purpose.risk_rating,
                "explanations_for_risk_rating": purpose.risk_explanation,
            },
            "business_details": {
                "business_problem": purpose.business_problem,
                "business_stakeholders": purpose.stakeholders,
            },
            "training_details": _training(version),
            "evaluation_details": _evaluation(version),
            "additional_information": {
                "ethical_considerations": purpose.ethical_considerations,
                "caveats_and_recommendations": purpose.caveats,
                "custom_details": _details(version),
            },
        }
    )
    return told


def _training(version: Version) -> dict[str, Any]:
    data, job = version.data, version.training
    observed = [
        f"as of {data.as_of}" if data.as_of else "",
        f"{data.rows} rows" if data.rows else "",
        f"window {data.window}" if data.window else "",
        version.description or "",
    ]
    return {
        "training_observations": "; ".join(filter(None, observed))[:1024],
        "training_job_details": _job(job, data) if job else None,
    }


def _job(job: TrainingJob, data: Data) -> dict[str, Any]:
    return {
        "training_arn": job.arn,
        "training_datasets": _datasets(data, "training"),
        "training_environment": {"container_image": [job.image] if job.image else None},
        "training_metrics": [{"name": key, "value": one} for key, one in job.metrics.items()],
        "hyper_parameters": [
            {"name": key, "value": one[:255]} for key, one in job.hyperparameters.items()
        ],
    }


def _datasets(data: Data, kind: str) -> list[str]:
    """Return the manifest, which names every source, then as many of them as there is room for."""
    named = [data.manifest] if data.manifest else []
    named += [group.offline_uri for group in data.feature_groups]
    named += [source.uri for source in reversed(data.sources)]
    return named[: MOST_DATASETS[kind]]


def _evaluation(version: Version) -> list[dict[str, Any]]:
    if not version.metrics:
        return []
    metrics = [
        {"name": key, "type": "number", "value": value} for key, value in version.metrics.items()
    ]
    told = version.metadata
    if (champion := _number(told.get("champion_auc"))) is not None:
        number = told.get("champion_version", "?")
        metrics.append(
            {
                "name": "champion auc",
                "type": "number",
                "value": champion,
                "notes": f"version {number} on the same held-out data",
            }
        )
    return [
        {
            "name": "held-out data",
            "evaluation_observation": told.get("evaluated"),
            "datasets": _datasets(version.data, "evaluation"),
            "metadata": {"held_out_from": version.data.holdout_from},
            "metric_groups": [{"name": "quality", "metric_data": metrics}],
        }
    ]


def _details(version: Version) -> dict[str, str | None]:
    """Return lineage and approval, for which the schema has no place of their own."""
    approval, code, run = version.approval, version.code, version.execution
    return {
        "approval": approval.status,
        "approved by": approval.by,
        "approved": approval.how if approval.by else None,
        "approved at": approval.at.isoformat() if approval.at else None,
        "approval reason": approval.description,
        "commit": code.commit,
        "branch": code.branch,
        "author": code.author,
        "step code": code.archive,
        "pipeline execution": run.arn if run else None,
        "tuning job": version.tuning.name if version.tuning else None,
        "baseline": version.baseline,
        "feature view": "; ".join(
            f"{group.name}: {', '.join(group.used)}" for group in version.data.feature_groups
        )
        or None,
    }


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None  # "none": there was no champion


def _told(value: Any) -> Any:  # noqa: ANN401 - nested JSON
    """Return the value without what is not known: ``None`` and what is left empty by it."""
    if isinstance(value, Mapping):
        kept = {key: _told(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [], "")}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value
