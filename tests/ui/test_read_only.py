"""What would change something is stopped before it leaves the process."""

from __future__ import annotations

from threading import Event
from typing import Any

import boto3
import pytest

from infra.ui.panels import Asker, answered, in_words
from infra.ui.read_only import ReadOnly, WriteRefusedError


def made(service: str) -> Any:
    connect: Any = boto3.client
    return connect(
        service,
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",  # nothing listens there: a call that leaves fails so
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106 - of no account
    )


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        ("sagemaker", "start_pipeline_execution", {"PipelineName": "p"}),
        (
            "sagemaker",
            "update_model_package",
            {"ModelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/g/1"},
        ),
        ("sagemaker", "delete_endpoint", {"EndpointName": "e"}),
        ("dynamodb", "put_item", {"TableName": "abc", "Item": {}}),
        (
            "cloudwatch",
            "set_alarm_state",
            {"AlarmName": "a", "StateValue": "OK", "StateReason": ""},
        ),
        ("s3", "delete_object", {"Bucket": "abc", "Key": "k"}),
        ("sts", "assume_role", {"RoleArn": "a" * 20, "RoleSessionName": "me"}),
    ],
)
def test_a_call_that_does_not_read_is_refused(
    service: str, operation: str, given: dict[str, Any]
) -> None:
    client = ReadOnly(made)(service)
    with pytest.raises(WriteRefusedError, match="must begin with"):
        getattr(client, operation)(**given)


def test_a_refused_call_is_a_fault_that_the_page_does_not_explain_away() -> None:
    client = ReadOnly(made)("sagemaker")
    told = answered(lambda: client.delete_endpoint(EndpointName="e"))
    assert told.trouble == "This part failed; the terminal of mlops ui says why."


def test_a_client_is_made_once() -> None:
    clients = ReadOnly(made)
    assert clients("s3") is clients("s3")


def test_a_question_that_takes_too_long_does_not_keep_the_page() -> None:

    end = Event()
    asker = Asker(patience_seconds=0.05)
    try:
        told = asker.ask({"slow": end.wait, "quick": lambda: 1})
    finally:
        end.set()
        asker.close()
    assert told["slow"].trouble == "No answer came within 0.05 seconds."
    assert told["quick"].value == 1


def test_a_service_that_does_not_answer_is_told_by_its_address() -> None:
    told = answered(lambda: ReadOnly(made)("sagemaker").list_pipelines())
    assert told.trouble == "Nothing answers at http://127.0.0.1:9/. Does the emulator run?"


def test_a_lookup_is_told_in_its_own_words() -> None:
    assert in_words(LookupError("endpoint must be one of [], got 'x'")) == (
        "endpoint must be one of [], got 'x'"
    )
