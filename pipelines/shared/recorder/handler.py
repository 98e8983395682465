"""Lambda handler that hears of every change of a version and writes it down.

It never touches the version itself: ``LastModifiedBy`` must stay the approver's.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Version
from pipelines.shared.lineage.version import version
from pipelines.shared.recorder import card
from pipelines.shared.recorder.tracking import Tracking

MISSING = frozenset({"ResourceNotFound", "ResourceNotFoundException"})


def handle(event: Mapping[str, Any], context: object = None) -> dict[str, str]:
    """Write down the version that the event tells of; return what was written.

    Raises:
        ValueError: the event names no version.
        LookupError: the registry has no such version any more.
        botocore.exceptions.ClientError: AWS refused; the event is tried again.
        TrackingError: MLflow refused; the event is tried again.
    """
    del context
    arn = (event.get("detail") or {}).get("ModelPackageArn")
    if not arn:
        raise ValueError(f"event must have detail.ModelPackageArn, got {sorted(event)}")
    asking = Asking(_client)
    found = version(asking, str(arn))
    if found is None:
        raise LookupError("; ".join(asking.gaps))
    for gap in asking.gaps:
        print(f"not known of {arn}: {gap}", flush=True)  # noqa: T201 - Lambda's way to its log
    written = {}
    if os.environ.get("CARDS") == "true":
        written["card"] = write_card(found)
    if server := os.environ.get("TRACKING_SERVER_ARN"):
        credentials: Any = boto3.Session().get_credentials()  # of the function's role, always there
        tracking = Tracking(server, credentials)
        written["run"] = tracking.record(found, experiment=found.group)
    return written


def write_card(found: Version) -> str:
    """Make the version's card, or bring it up to date; return its ARN."""
    purpose = importlib.import_module(f"pipelines.{os.environ['USE_CASE']}.card").PURPOSE
    purpose = card.stated(purpose, os.environ.get("OBJECTIVE"))
    text = json.dumps(card.content(found, purpose, os.environ["OWNER"]), sort_keys=True)
    status = card.STATUS.get(found.approval.status, "Draft")
    sagemaker, name = _client("sagemaker"), card.name(found)
    try:
        known = sagemaker.describe_model_card(ModelCardName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise
        made = sagemaker.create_model_card(
            ModelCardName=name,
            Content=text,
            ModelCardStatus=status,
            SecurityConfig={"KmsKeyId": os.environ["KEY_ARN"]},
            Tags=json.loads(os.environ["TAGS"]),
        )
        return str(made["ModelCardArn"])
    # SageMaker takes content and status in calls of their own, and no content for the archived.
    if known["Content"] != text and known["ModelCardStatus"] != "Archived":
        sagemaker.update_model_card(ModelCardName=name, Content=text)
    if known["ModelCardStatus"] != status:
        sagemaker.update_model_card(ModelCardName=name, ModelCardStatus=status)
    return str(known["ModelCardArn"])


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no static type
    make: Any = boto3.client
    return make(service)
