"""Lambda handler that decides whether a shadow is promoted; asked by a schedule."""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import boto3

from pipelines.shared.decisions import Decisions, Item
from pipelines.shared.shadow.decision import Decision, Facts, Limits, decide
from pipelines.shared.shadow.facts import Names, contest, gather

STATUS = {"promote": "Approved", "reject": "Rejected"}
DESCRIPTION_LIMIT = 1024
"""What SageMaker takes as an approval's description."""


def handle(event: Mapping[str, Any], context: object = None) -> Item:
    """Decide on the shadow, record it, approve or reject its version; return the record.

    Asked again with the same id it returns what it decided then, and only makes up for an approval
    that was decided and failed. Without a shadow nothing is recorded.

    Raises:
        ValueError: the event has no id or time.
        LookupError: the shadow's model does not say which version it is.
        botocore.exceptions.ClientError: AWS refused; if it was the approval, the decision is
            recorded as ``failed`` with the error.
    """
    del context
    for field in ("id", "time"):
        if not event.get(field):
            raise ValueError(f"event must have {field}, got {sorted(event)}")
    names, now = _names(os.environ), _moment(str(event["time"]))
    decisions = Decisions(_client("dynamodb"), os.environ["DECISIONS_TABLE"], names.use_case)
    item = decisions.find(event)
    if item is None:
        found = contest(_client("sagemaker"), names)
        if found is None:
            _tell(names, now, {"ShadowDays": 0.0})
            return {**decisions.key(event), "decision": "none", "reason": "nothing is shadowed"}
        use_case: Any = importlib.import_module(f"pipelines.{names.use_case}.evidence")
        facts = gather(_client, found, names, use_case, now)
        decision = decide(facts, _limits(os.environ))
        item = _item(decisions.key(event), event, found.candidate, facts, decision)
        decisions.keep(item)
        waited = max(0.0, (now - found.since).total_seconds() / 86_400)
        _tell(names, now, _figures(facts, waited))
    if item["acts"] != "true" or item["acted"]:
        return item
    return _act(decisions, item)


def _item(
    key: Item, event: Mapping[str, Any], candidate: str, facts: Facts, decision: Decision
) -> Item:
    acts = decision.verdict in STATUS and os.environ["DECIDES"] == "approve"
    recommends = decision.verdict in STATUS and not acts
    return {
        **key,
        "event_id": str(event["id"]),
        "trigger": "schedule: shadow",
        "decision": f"recommend {decision.verdict}" if recommends else decision.verdict,
        "rule": decision.rule,
        "reason": decision.reason,
        "execution_arn": "",
        "model_package_arn": candidate,
        "verdict": decision.verdict,
        "acts": "true" if acts else "false",
        "acted": "",
        "facts": json.dumps(asdict(facts), sort_keys=True),
    }


def _act(decisions: Decisions, item: Item) -> Item:
    """Do what a person's approval does; its event is what delivers."""
    status = STATUS[item["verdict"]]

    def answer() -> Item:
        _client("sagemaker").update_model_package(
            ModelPackageArn=item["model_package_arn"],
            ModelApprovalStatus=status,
            ApprovalDescription=item["reason"][:DESCRIPTION_LIMIT],
        )
        return {"decision": item["verdict"], "acted": status}

    return decisions.carry_out(item, answer)


def _figures(facts: Facts, waited: float) -> dict[str, float]:
    agreement = facts.agreement
    mine = facts.shadow.latency_p99_milliseconds
    theirs = facts.production.latency_p99_milliseconds
    figures = {
        "ShadowDays": waited,
        "ShadowRequests": float(agreement.requests),
        "ShadowLabelledRows": float(agreement.labelled),
        "ShadowErrorPercent": facts.shadow.error_percent,
        "ShadowAuc": agreement.auc_shadow,
        "ShadowProductionAuc": agreement.auc_production,
        "ShadowMeanDifference": agreement.mean_difference,
        "ShadowLatencyRatio": mine / theirs if mine is not None and theirs else None,
    }
    return {name: value for name, value in figures.items() if value is not None}


def _tell(names: Names, now: datetime, figures: Mapping[str, float]) -> None:
    """Print one line in CloudWatch's embedded metric format: metrics without a call."""
    line = {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": os.environ["METRIC_NAMESPACE"],
                    "Dimensions": [["Stack", "UseCase"]],
                    "Metrics": [{"Name": name} for name in figures],
                }
            ],
        },
        "Stack": names.stack,
        "UseCase": names.use_case,
        **figures,
    }
    print(json.dumps(line), flush=True)  # noqa: T201 - Lambda's way to its log


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - one type per service
    session: Any = boto3  # its overloads want literal names
    return session.client(service)


def _names(environment: Mapping[str, str]) -> Names:
    return Names(
        stack=environment["STACK"],
        use_case=environment["USE_CASE"],
        endpoint=environment["ENDPOINT_NAME"],
        capture_bucket=environment["CAPTURE_BUCKET"],
        capture_prefix=environment["CAPTURE_PREFIX"],
        raw_bucket=environment["RAW_BUCKET"],
        window_days=int(environment["WINDOW_DAYS"]),
        settling_minutes=int(environment["SETTLING_MINUTES"]),
    )


def _limits(environment: Mapping[str, str]) -> Limits:
    return Limits(
        min_requests=int(environment["MIN_REQUESTS"]),
        min_days=float(environment["MIN_DAYS"]),
        min_labels=int(environment["MIN_LABELS"]),
        max_auc_loss=float(environment["MAX_AUC_LOSS"]),
        max_mean_difference=float(environment["MAX_MEAN_DIFFERENCE"]),
        max_latency_ratio=float(environment["MAX_LATENCY_RATIO"]),
        max_error_percent=float(environment["MAX_ERROR_PERCENT"]),
    )
