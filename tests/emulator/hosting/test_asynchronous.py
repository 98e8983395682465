"""Asynchronous endpoints: a queue between S3 and S3 that instances come and go for."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.conftest import BUCKET, Host, variant
from tests.emulator.support import impatient

MINUTE = timedelta(minutes=1)
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def queue(host: Host, name: str, **output: Any) -> str:
    """Create an asynchronous endpoint."""
    host.model(name)
    host.config(
        name,
        name,
        AsyncInferenceConfig={
            "OutputConfig": {
                "S3OutputPath": f"s3://{BUCKET}/answers/{name}",
                "S3FailurePath": f"s3://{BUCKET}/failures/{name}/",
                **output,
            }
        },
    )
    return host.endpoint(name, name)


def send(host: Host, endpoint: str, body: str, **more: Any) -> dict[str, Any]:
    """Put a request into S3 and queue it."""
    key = f"requests/{uuid.uuid4()}"
    host.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    found: dict[str, Any] = host.runtime.invoke_endpoint_async(
        EndpointName=endpoint,
        InputLocation=f"s3://{BUCKET}/{key}",
        ContentType="text/csv",
        **more,
    )
    return found


def read(host: Host, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(host.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())


def scalable(host: Host, endpoint: str, low: int, high: int) -> dict[str, str]:
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{endpoint}",
        "ScalableDimension": DIMENSION,
    }
    scaling(host).register_scalable_target(**place, MinCapacity=low, MaxCapacity=high)
    return place


def scaling(host: Host) -> Any:
    return impatient(host.emulator, "application-autoscaling")


def count(host: Host, endpoint: str) -> int:
    found: int = host.describe(endpoint)["ProductionVariants"][0]["CurrentInstanceCount"]
    return found


def forward(host: Host, by: timedelta) -> None:
    host.emulator.context.clock.advance_to(host.emulator.context.clock.now() + by)


def test_a_request_is_answered_in_s3(host: Host) -> None:
    queue(host, "posted")
    asked = send(host, "posted", "1", InferenceId="flight-1")
    assert asked["InferenceId"] == "flight-1"
    host.emulator.settle()
    assert read(host, asked["OutputLocation"]) == "posted:1"


def test_what_fails_is_told_in_s3_and_on_the_error_topic(host: Host) -> None:
    sns, sqs = impatient(host.emulator, "sns"), impatient(host.emulator, "sqs")
    topics, queues = {}, {}
    for outcome in ("SuccessTopic", "ErrorTopic"):
        topics[outcome] = sns.create_topic(Name=outcome)["TopicArn"]
        queues[outcome] = sqs.create_queue(QueueName=outcome)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queues[outcome], AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=topics[outcome],
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
    queue(host, "announced", NotificationConfig=topics)
    good, bad = send(host, "announced", "1"), send(host, "announced", "boom")
    host.emulator.settle()
    assert "no such flight" in read(host, bad["FailureLocation"])
    said = {
        outcome: json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
        for outcome, url in queues.items()
    }
    assert said["SuccessTopic"]["invocationStatus"] == "Completed"
    assert said["SuccessTopic"]["inferenceId"] == good["InferenceId"]
    assert said["SuccessTopic"]["responseParameters"]["outputLocation"] == good["OutputLocation"]
    assert said["ErrorTopic"]["invocationStatus"] == "Failed"
    assert "no such flight" in said["ErrorTopic"]["failureReason"]


def test_an_input_that_is_not_there_fails(host: Host) -> None:
    queue(host, "missing")
    asked = host.runtime.invoke_endpoint_async(
        EndpointName="missing", InputLocation=f"s3://{BUCKET}/nowhere", ContentType="text/csv"
    )
    host.emulator.settle()
    assert "Unable to access input" in read(host, asked["FailureLocation"])


def test_each_kind_of_endpoint_takes_its_own_calls_only(host: Host) -> None:
    queue(host, "queued")
    host.serving("direct")
    with pytest.raises(ClientError, match="is asynchronous: use InvokeEndpointAsync"):
        host.ask("queued")
    with pytest.raises(ClientError, match="has no AsyncInferenceConfig: use InvokeEndpoint"):
        send(host, "direct", "1")


def test_a_queue_wakes_an_endpoint_without_instances_and_lets_it_go_again(host: Host) -> None:
    queue(host, "dozing")
    place = scalable(host, "dozing", 0, 2)
    client = scaling(host)
    client.put_scaling_policy(
        **place,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 2,
            "ScaleInCooldown": 60,
            "CustomizedMetricSpecification": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "ApproximateBacklogSizePerInstance",
                "Dimensions": [{"Name": "EndpointName", "Value": "dozing"}],
                "Statistic": "Average",
            },
        },
    )
    wake = client.put_scaling_policy(
        **place,
        PolicyName="wake",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
            "Cooldown": 60,
        },
    )
    forward(host, 20 * MINUTE)
    assert count(host, "dozing") == 0, "nothing waits"
    asked = send(host, "dozing", "1")
    host.emulator.settle()
    forward(host, 5 * MINUTE)
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(host, asked["OutputLocation"])
    host.cloudwatch.put_metric_alarm(
        AlarmName="dozing-backlog",
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Dimensions=[{"Name": "EndpointName", "Value": "dozing"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[wake["PolicyARN"]],
    )
    forward(host, 5 * MINUTE)
    assert read(host, asked["OutputLocation"]) == "dozing:1"
    assert count(host, "dozing") == 1
    forward(host, 25 * MINUTE)
    assert count(host, "dozing") == 0
    done = client.describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=place["ResourceId"]
    )["ScalingActivities"]
    assert [one["Description"].split()[-1] for one in done] == ["0.", "1.", "0."]


def test_a_request_that_waits_too_long_expires(host: Host) -> None:
    queue(host, "late")
    host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="late",
        DesiredWeightsAndCapacities=[{"VariantName": "late", "DesiredInstanceCount": 0}],
    )
    asked = send(host, "late", "1", RequestTTLSeconds=60)
    forward(host, 3 * MINUTE)
    host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="late",
        DesiredWeightsAndCapacities=[{"VariantName": "late", "DesiredInstanceCount": 1}],
    )
    host.emulator.settle()
    assert "expired after 60 s" in read(host, asked["FailureLocation"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"S3OutputPathExtension": "x"}, "S3OutputPathExtension is not emulated"),
        ({"Body": b"1"}, "a payload in Body is not emulated"),
    ],
)
def test_what_is_not_emulated_is_refused(host: Host, more: dict[str, Any], words: str) -> None:
    try:
        host.describe("refusing")
    except ClientError:
        queue(host, "refusing")
    with pytest.raises(ClientError, match=words):
        send(host, "refusing", "1", **more)


def test_only_a_queue_does_without_instances(host: Host) -> None:
    host.serving("awake")
    with pytest.raises(ClientError, match="must be at least 1 unless the endpoint is asynchronous"):
        scalable(host, "awake", 0, 2)
    with pytest.raises(ClientError, match="DesiredInstanceCount must be at least 1 for awake"):
        host.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="awake",
            DesiredWeightsAndCapacities=[{"VariantName": "awake", "DesiredInstanceCount": 0}],
        )


ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/k"}}}
CAPTURE = {
    "DataCaptureConfig": {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://b/k",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
}
SERVERLESS = {
    "VariantName": "a",
    "ModelName": "mixed",
    "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 2},
}


@pytest.mark.parametrize(
    ("variants", "more", "words"),
    [
        ([SERVERLESS], CAPTURE, "serverless endpoints do not support data capture"),
        ([SERVERLESS], ASYNC, "serverless endpoints do not support AsyncInferenceConfig"),
        (
            [SERVERLESS, {**SERVERLESS, "VariantName": "b"}],
            {},
            "serverless endpoints do not support several production variants",
        ),
        (
            [{**SERVERLESS, "ModelName": "aloof"}],
            {},
            "serverless endpoints do not support network isolation",
        ),
        (
            [variant("mixed")],
            {**ASYNC, "ShadowProductionVariants": [variant("aloof")]},
            "asynchronous endpoints do not support shadow variants",
        ),
        (
            [variant("mixed", InstanceType="ml.inf1.xlarge")],
            {"ShadowProductionVariants": [variant("aloof")]},
            "shadow variants do not support ml.inf1 instances",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    host: Host, variants: list[dict[str, Any]], more: dict[str, Any], words: str
) -> None:
    for name, isolated in (("mixed", False), ("aloof", True)):
        try:
            host.sagemaker.describe_model(ModelName=name)
        except ClientError:
            host.model(name, EnableNetworkIsolation=isolated)
    with pytest.raises(ClientError, match=words):
        host.sagemaker.create_endpoint_config(
            EndpointConfigName="mixed", ProductionVariants=variants, **more
        )
