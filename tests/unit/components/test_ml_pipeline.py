from __future__ import annotations

import json
from typing import Any

import pytest

from components._starts import schedule_name
from components.ml_pipeline import (
    MAX_DEFINITION_BYTES,
    MlPipeline,
    PipelineAccess,
    record_key,
)
from components.starts import NewObject, Recurring
from tests.unit.components.support import SAGEMAKER, allowed, args, declare

ARRIVAL = NewObject(bucket="raw", pattern="raw/late/*/_SUCCESS", parameter="BatchMarker")
DAILY = Recurring(expression="rate(1 day)", time_parameter="AsOf")


def access(**changed: Any) -> PipelineAccess:
    return PipelineAccess(**({"reads": ["raw/raw/late/"], "writes": ["artifacts/runs/"]} | changed))


def test_tokens_of_the_definition_become_what_stands() -> None:
    graph = declare(
        MlPipeline,
        definition='{"a": "s3://${raw_bucket}/x", "b": "${role_arn}", "c": "${account_id}"}',
        values={"raw_bucket": "the-raw-bucket"},
    )
    assert json.loads(graph["it-pipeline"].inputs["pipelineDefinition"]) == {
        "a": "s3://the-raw-bucket/x",
        "b": "arn:aws:mock:us-east-1:123456789012:it-role",
        "c": "123456789012",
    }


def test_a_token_that_nobody_fills_in_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must use tokens of .*, got \['bukket'\]"):
        args(MlPipeline, definition='{"a": "${bukket}"}')


def test_a_definition_that_sagemaker_would_refuse_for_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="must be at most 1048576 bytes, got 1048577"):
        args(MlPipeline, definition="x" * (MAX_DEFINITION_BYTES + 1))


def test_the_pipeline_waits_for_its_code_and_its_permissions() -> None:
    graph = declare(MlPipeline)
    code = graph["it-step.py-abababababab"]
    assert {code.urn, graph["it-policy"].urn} <= set(graph["it-pipeline"].dependencies)


def test_code_outlives_the_update_that_replaces_it() -> None:
    assert declare(MlPipeline)["it-step.py-abababababab"].retain_on_delete


def test_another_commit_alone_changes_no_resource_that_is_compared() -> None:
    graph = declare(MlPipeline)
    later = declare(MlPipeline, made_from={"commit": "b0b", "branch": "main", "author": "B"})
    changed = {
        one.name
        for urn, one in graph.resources.items()
        if one.inputs != later.resources[urn].inputs
    }
    (record,) = changed
    assert graph[record].ignore_changes == ("content",)
    assert later[record].inputs["key"] == graph[record].inputs["key"]


def test_another_definition_is_recorded_with_the_commit_that_made_it() -> None:
    graph = declare(MlPipeline, definition='{"made": "${made_from}"}')
    key = record_key('{"made": "${made_from}"}')
    (record,) = (one for one in graph.resources.values() if one.inputs.get("key") == key)
    assert json.loads(record.inputs["content"])["commit"] == "c0ffee"
    assert record.retain_on_delete
    assert graph["it-pipeline"].inputs["pipelineDefinition"] == json.dumps({"made": key})


def test_a_complete_batch_starts_the_pipeline_with_the_key_of_its_marker() -> None:
    graph = declare(MlPipeline, on_object=ARRIVAL)
    assert json.loads(graph["it-object-arrival"].inputs["eventPattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["raw"]},
            "object": {"key": [{"wildcard": "raw/late/*/_SUCCESS"}]},
        },
    }
    target = graph["it-object-target"].inputs
    assert target["sagemakerPipelineTarget"] == {
        "pipelineParameterLists": [{"name": "BatchMarker", "value": "$.detail.object.key"}]
    }
    assert target["deadLetterConfig"]["arn"].endswith("it-object-unstarted")


def test_the_starter_may_start_this_pipeline_and_nothing_else() -> None:
    may = allowed(declare(MlPipeline, on_object=ARRIVAL), "it-object-starter-policy")
    assert may == {
        "sagemaker:StartPipelineExecution": ["arn:aws:mock:us-east-1:123456789012:it-pipeline"]
    }


def test_the_clock_tells_the_pipeline_which_time_it_was() -> None:
    graph = declare(MlPipeline, schedule=DAILY)
    target = graph["it-clock-schedule"].inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    assert json.loads(target["input"]) == {
        "PipelineName": "test-late-training",
        "PipelineParameters": [{"Name": "AsOf", "Value": "<aws.scheduler.scheduled-time>"}],
        "ClientRequestToken": "<aws.scheduler.execution-id>",
    }


def test_nothing_starts_a_pipeline_unless_asked_to() -> None:
    graph = declare(MlPipeline)
    assert not graph.of_type("aws:cloudwatch/eventRule:EventRule")
    assert not graph.of_type("aws:scheduler/schedule:Schedule")


def test_steps_touch_what_they_were_given() -> None:
    may = allowed(declare(MlPipeline, access=access()), "it-policy")
    assert may["s3:GetObject"] == ["arn:aws:s3:::raw/raw/late/*"]
    assert may["s3:PutObject"] == ["arn:aws:s3:::artifacts/runs/*"]
    assert may["iam:PassRole"] == ["arn:aws:mock:us-east-1:123456789012:it-role"]


@pytest.mark.parametrize(
    "action",
    [
        "sagemaker:CreateTrainingJob",
        "sagemaker:PutRecord",
        "sagemaker:CreateModelPackage",
        "sagemaker:CreateTransformJob",
        "sagemaker:CreateModel",
        "cloudwatch:PutMetricData",
        "ec2:CreateNetworkInterface",
    ],
)
def test_what_was_not_given_is_not_allowed(action: str) -> None:
    assert action not in allowed(declare(MlPipeline), "it-policy")


@pytest.mark.parametrize(
    ("given", "action", "resource"),
    [
        ({"trains": True}, "sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/*"),
        (
            {"feature_groups": ["g"], "fills_feature_groups": True},
            "sagemaker:PutRecord",
            f"{SAGEMAKER}:feature-group/g",
        ),
        (
            {"model_package_group": "late", "registers": True},
            "sagemaker:CreateModelPackage",
            f"{SAGEMAKER}:model-package/late/*",
        ),
        ({"endpoint_name": "late"}, "sagemaker:DescribeEndpoint", f"{SAGEMAKER}:endpoint/late"),
        (
            {"model_name_prefix": "late-serving-"},
            "sagemaker:DescribeModel",
            f"{SAGEMAKER}:model/late-serving-*",
        ),
        (
            {"transform_prefix": "late-batch"},
            "sagemaker:CreateTransformJob",
            f"{SAGEMAKER}:transform-job/late-batch-*",
        ),
        (
            {"transform_prefix": "late-batch"},
            "sagemaker:CreateModel",
            f"{SAGEMAKER}:model/late-batch-*",
        ),
        ({"metric_namespace": "MLOps"}, "cloudwatch:PutMetricData", "*"),
    ],
)
def test_what_was_given_is_allowed_there(given: dict[str, Any], action: str, resource: str) -> None:
    may = allowed(declare(MlPipeline, access=access(**given)), "it-policy")
    assert resource in may[action]


def test_metrics_go_to_one_namespace() -> None:
    graph = declare(MlPipeline, access=access(metric_namespace="MLOps"))
    statements = json.loads(graph["it-policy"].inputs["policy"])["Statement"]
    (metrics,) = [one for one in statements if "cloudwatch:PutMetricData" in one["Action"]]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "MLOps"}}


def test_schedules_with_names_that_scheduler_takes_not_stay_apart_and_begin_as_they_do() -> None:
    assert schedule_name("flights-dev-flights-drift") == "flights-dev-flights-drift"
    longer = [f"{'t' * 63}-{kind}" for kind in ("drift", "batch")]
    short = [schedule_name(one) for one in longer]
    assert len({*short}) == 2
    assert all(len(one) == 64 and one.startswith("t" * 50) for one in short)
