"""Lambda handler of the retraining gate; one event at a time (reserved concurrency 1)."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from typing import Any

import boto3

from pipelines.shared.decisions import Decisions, Item
from pipelines.shared.gate import record
from pipelines.shared.gate.decision import Limits, decide
from pipelines.shared.gate.facts import Names, gather

REASON_LIMIT = 3072
"""What SageMaker takes as the description of an execution."""


def handle(event: Mapping[str, Any], context: object = None) -> Item:
    """Decide on an event, record it, start the training where it says so; return the record.

    Asked again about the same event it returns what it decided then, and only makes up for a
    training that was decided and did not start.

    Raises:
        ValueError: the event has no id or time.
        botocore.exceptions.ClientError: AWS refused; if it was the start of the training, the
            decision is recorded as ``failed`` with the error.
    """
    del context
    for field in ("id", "time"):
        if not event.get(field):
            raise ValueError(f"event must have {field}, got {sorted(event)}")
    names, limits = _names(os.environ), _limits(os.environ)
    decisions = Decisions(_client("dynamodb"), os.environ["DECISIONS_TABLE"], names.use_case)
    item = decisions.find(event)
    if item is None:
        facts = gather(_client, event, names, limits)
        item = record.item(decisions.key(event), event, facts, decide(facts, limits))
        decisions.keep(item)
    if item["decision"] == "refuse" or item["execution_arn"]:
        return item
    return _start(decisions, item, event, names)


def _start(decisions: Decisions, item: Item, event: Mapping[str, Any], names: Names) -> Item:
    # The same event gives the same token: SageMaker starts no second execution for it.
    token = hashlib.sha256(f"{names.stack} {names.use_case} {event['id']}".encode()).hexdigest()

    def start() -> Item:
        started = _client("sagemaker").start_pipeline_execution(
            PipelineName=names.training_pipeline,
            PipelineExecutionDescription=item["reason"][:REASON_LIMIT],
            PipelineParameters=[
                {"Name": "Trigger", "Value": item["trigger"]},
                {"Name": "AsOf", "Value": str(event["time"])},
            ],
            ClientRequestToken=token,
        )
        return {"decision": "retrain", "execution_arn": started["PipelineExecutionArn"]}

    return decisions.carry_out(item, start)


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - one type per service
    session: Any = boto3  # its overloads want literal names
    return session.client(service)


def _names(environment: Mapping[str, str]) -> Names:
    return Names(
        stack=environment["STACK"],
        use_case=environment["USE_CASE"],
        training_pipeline=environment["TRAINING_PIPELINE"],
        model_package_group=environment["MODEL_PACKAGE_GROUP"],
        raw_bucket=environment["RAW_BUCKET"],
        labels_prefix=environment["LABELS_PREFIX"],
        data_quality_alarm=environment["DATA_QUALITY_ALARM"],
    )


def _limits(environment: Mapping[str, str]) -> Limits:
    return Limits(
        cool_down_hours=float(environment["COOL_DOWN_HOURS"]),
        budget_retrainings=int(environment["BUDGET_RETRAININGS"]),
        budget_window_days=int(environment["BUDGET_WINDOW_DAYS"]),
        min_new_labels=int(environment["MIN_NEW_LABELS"]),
        retrain_on_new_data=environment["RETRAIN_ON_NEW_DATA"] == "true",
    )
