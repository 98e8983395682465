"""Batch scoring: where it is declared, and what its pipeline's role may do."""

from __future__ import annotations

import json
from functools import cache

import pytest

from infra.emulator.iam.decision import Policies, Principal, Request, decide
from infra.graph.model import ResourceGraph
from stacks.layers import load
from stacks.names import stacks
from tests.stacks import support

ACCOUNT = "123456789012"
STACK = "flights-dev"
SAGEMAKER = f"sagemaker:us-east-1:{ACCOUNT}"
MAY = [
    ("sagemaker:CreateTransformJob", f"{SAGEMAKER}:transform-job/{STACK}-flights-batch-1"),
    ("sagemaker:CreateModel", f"{SAGEMAKER}:model/{STACK}-flights-batch-1"),
    ("sagemaker:DeleteModel", f"{SAGEMAKER}:model/{STACK}-flights-batch-1"),
    ("sagemaker:DescribeModel", f"{SAGEMAKER}:model/flights-serving-model-1"),
    ("sagemaker:DescribeModelPackage", f"{SAGEMAKER}:model-package/{STACK}-flights/3"),
    ("sagemaker:DescribeFeatureGroup", f"{SAGEMAKER}:feature-group/{STACK}-flights-weather"),
    ("s3:GetObject", "s3:::store-raw/planned/flights/date=2013-01-12/a.csv"),
    ("s3:GetObject", "s3:::store-features/features/flights/1.parquet"),
    ("s3:PutObject", "s3:::store-artifacts/predictions/flights/date=2013-01-12/p.parquet"),
]
MAY_NOT = [
    ("sagemaker:CreateTransformJob", f"{SAGEMAKER}:transform-job/vision-dev-faces-batch-1"),
    ("sagemaker:CreateModel", f"{SAGEMAKER}:model/flights-serving-model-1"),
    ("sagemaker:DeleteModel", f"{SAGEMAKER}:model/flights-serving-model-1"),
    ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/{STACK}-flights-batch-1"),
    ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/{STACK}-flights"),
    ("sagemaker:UpdateModelPackage", f"{SAGEMAKER}:model-package/{STACK}-flights/3"),
    ("sagemaker:PutRecord", f"{SAGEMAKER}:feature-group/{STACK}-flights-weather"),
    ("iam:PassRole", f"iam::{ACCOUNT}:role/flights-serving-role"),
    ("s3:GetObject", "s3:::store-raw/labels/flights/1.csv"),
    ("s3:GetObject", "s3:::store-capture/flights/1.jsonl"),
    ("s3:PutObject", "s3:::store-raw/planned/flights/date=2013-01-12/a.csv"),
    ("s3:PutObject", "s3:::store-features/features/flights/1.parquet"),
]


@cache
def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


def may(action: str, resource: str) -> bool:
    policy = standing(STACK)["flights-batch-pipeline-policy"].inputs["policy"]
    tags = {"project": "mlops-loop", "environment": "dev", "team": "flights"}
    keys = {"iam:PassedToService": "sagemaker.amazonaws.com"} | {
        f"aws:ResourceTag/{key}": value for key, value in tags.items()
    }
    asked = Request(action, f"arn:aws:{resource}", keys)
    return bool(decide(asked, Principal(ACCOUNT), Policies(identity=(policy,))))


@pytest.mark.parametrize("stack", stacks())
def test_days_are_scored_at_once_where_it_is_asked_for_and_in_no_sandbox(stack: str) -> None:
    found = [
        one.name
        for one in standing(stack).resources.values()
        if one.type == "mlops:index:BatchScoring"
    ]
    asked = load(stack).config.use_cases
    assert found == [f"{name}-batch" for name, one in asked.items() if one.batch_scoring]
    assert not (found and stack.endswith("-sandbox"))


def test_the_schedule_starts_the_batch_pipeline() -> None:
    target = standing(STACK)["flights-batch-schedule"].inputs["target"]
    assert json.loads(target["input"])["PipelineName"] == f"{STACK}-flights-batch"


@pytest.mark.parametrize(("action", "resource"), MAY)
def test_the_role_may_do_its_work(action: str, resource: str) -> None:
    assert may(action, resource)


def test_the_role_passes_itself_to_sagemaker() -> None:
    role = standing(STACK)["flights-batch-pipeline-pipeline"].inputs["roleArn"]
    assert may("iam:PassRole", role.removeprefix("arn:aws:"))


@pytest.mark.parametrize(("action", "resource"), MAY_NOT)
def test_the_role_may_do_nothing_else(action: str, resource: str) -> None:
    assert not may(action, resource)
