from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components._hosting import execution_seconds, has_local_storage
from components._iam_serving import repository
from components._place import Place
from components.model_delivery import ModelDelivery
from components.model_endpoint import ModelEndpoint
from components.model_registry import ModelRegistry
from components.rollout import Rollout
from components.scoring_api import ScoringApi
from tests.unit.components.support import (
    IMAGE,
    KEY,
    LIVE,
    SAGEMAKER,
    VERSION,
    allowed,
    args,
    declare,
)

PLACE = Place(partition="aws", region="us-east-1", account_id="123456789012")


def test_the_model_comes_from_the_registry_and_is_isolated() -> None:
    model = declare(ModelEndpoint)["it-model"].inputs
    assert model["primaryContainer"] == {"modelPackageName": VERSION}
    assert model["enableNetworkIsolation"] is True


def test_without_version_all_stands_but_what_needs_one() -> None:
    graph = declare(
        ModelEndpoint, variants=[replace(LIVE, model_package_arn=None, max_instance_count=4)]
    )
    assert {one.type.rpartition(":")[2] for one in graph.children("it")} == {
        "LogGroup",
        "MetricAlarm",
        "Role",
        "RolePolicy",
    }


def test_the_model_waits_for_the_permissions_that_sagemaker_checks() -> None:
    graph = declare(ModelEndpoint)
    assert graph["it-policy"].urn in graph["it-model"].dependencies


def test_an_update_rolls_back_when_calls_fail_or_take_long() -> None:
    graph = declare(ModelEndpoint)
    alarms = graph["it-endpoint"].inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert alarms == [{"alarmName": "late-errors"}, {"alarmName": "late-latency"}]
    latency = graph["it-latency"].inputs
    assert latency["threshold"] == 2_000_000, "ModelLatency comes in microseconds"
    assert latency["dimensions"] == {"EndpointName": "late", "VariantName": "live"}


@pytest.mark.parametrize(
    ("strategy", "routing"),
    [
        ("all_at_once", {"type": "ALL_AT_ONCE"}),
        ("canary", {"type": "CANARY", "canarySize": {"type": "CAPACITY_PERCENT", "value": 20}}),
        ("linear", {"type": "LINEAR", "linearStepSize": {"type": "CAPACITY_PERCENT", "value": 20}}),
    ],
)
def test_traffic_moves_as_the_rollout_says(strategy: str, routing: dict[str, object]) -> None:
    rollout = Rollout(strategy=strategy, step_percent=20, wait_seconds=60)  # type: ignore[arg-type]  # a parameter
    policy = declare(ModelEndpoint, rollout=rollout)["it-endpoint"].inputs["deploymentConfig"]
    got = policy["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert got == {**routing, "waitIntervalInSeconds": 60}


@pytest.mark.parametrize(
    ("rollout", "seconds"),
    [
        (Rollout(strategy="all_at_once", wait_seconds=0, termination_wait_seconds=0), 3600),
        (Rollout(strategy="canary", wait_seconds=600, termination_wait_seconds=300), 5100),
        (Rollout(strategy="linear", step_percent=10, wait_seconds=3600), 28800),
    ],
)
def test_an_update_is_given_time_for_its_steps_within_sagemakers_limit(
    rollout: Rollout, seconds: int
) -> None:
    assert execution_seconds(rollout) == seconds


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        ("ml.m5.large", False),
        ("ml.c6gn.large", False),
        ("ml.inf2.xlarge", False),
        ("ml.m5d.large", True),
        ("ml.m6gd.large", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.p4de.24xlarge", True),
    ],
)
def test_instances_with_disks_of_their_own_get_no_customer_key(
    instance_type: str,
    local: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert has_local_storage(instance_type) is local
    configuration = declare(ModelEndpoint, variants=[replace(LIVE, instance_type=instance_type)])[
        "it-configuration"
    ].inputs
    assert configuration.get("kmsKeyArn") == (None if local else KEY)


def test_nothing_scales_where_there_is_no_room() -> None:
    assert not declare(ModelEndpoint).of_type("aws:appautoscaling/target:Target")


def test_the_live_variant_scales_within_its_range() -> None:
    target = declare(ModelEndpoint, variants=[replace(LIVE, max_instance_count=5)])[
        "it-scaling"
    ].inputs
    assert target["resourceId"] == "endpoint/late/variant/live"
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 5)


def test_counts_out_of_order_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"between min_instance_count and max_instance_count \(2-2\), got 3"
    ):
        replace(LIVE, initial_instance_count=3)


def test_hosting_reads_models_and_writes_captured_traffic_only() -> None:
    may = allowed(declare(ModelEndpoint), "it-policy")
    assert may["s3:GetObject"] == ["arn:aws:s3:::artifacts/models/*"]
    assert may["s3:PutObject"] == ["arn:aws:s3:::capture/late/*"]
    assert may["ecr:BatchGetImage"] == [
        "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"
    ]


@pytest.mark.parametrize("image", ["xgboost:1", "docker.io/library/xgboost:1"])
def test_an_image_outside_ecr_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match=f"image_uri must be an image in ECR, got '{image}'"):
        repository(PLACE, image)


def test_a_digest_is_no_part_of_the_repository() -> None:
    assert repository(PLACE, IMAGE.replace(":3.0-5", "@sha256:00")).endswith("/sagemaker-xgboost")


def test_the_api_asks_iam_who_calls() -> None:
    method = declare(ScoringApi)["it-method"].inputs
    assert (method["httpMethod"], method["authorization"]) == ("POST", "AWS_IAM")


def test_only_the_apis_own_route_calls_the_function() -> None:
    permission = declare(ScoringApi)["it-permission"].inputs
    assert permission["sourceArn"] == "arn:aws:mock:us-east-1:123456789012:it-api/*/POST/score"


def test_the_scorer_reads_its_groups_and_calls_its_endpoint_only() -> None:
    may = allowed(declare(ScoringApi), "it-scorer-policy")
    assert may["sagemaker:InvokeEndpoint"] == [f"{SAGEMAKER}:endpoint/late"]
    assert may["sagemaker:DescribeModel"] == [
        f"{SAGEMAKER}:endpoint/late",
        f"{SAGEMAKER}:endpoint-config/late-serving-*",
        f"{SAGEMAKER}:model/late-serving-*",
    ]
    assert may["sagemaker:BatchGetRecord"] == [f"{SAGEMAKER}:feature-group/test-weather"]
    assert "s3:GetObject" not in may


def test_the_scorer_knows_groups_by_their_short_names() -> None:
    variables = declare(ScoringApi)["it-scorer-function"].inputs["environment"]["variables"]
    assert json.loads(variables["FEATURE_GROUPS"]) == {"weather": "test-weather"}
    assert variables["ENDPOINT_NAME"] == "late"


def test_the_deployment_is_taken_of_a_finished_route() -> None:
    graph = declare(ScoringApi)
    assert graph["it-integration"].urn in graph["it-deployment"].dependencies


def test_callers_are_logged_and_limited() -> None:
    graph = declare(ScoringApi, requests_per_second=7, burst_count=9)
    log = json.loads(graph["it-stage"].inputs["accessLogSettings"]["format"])
    assert log["caller"] == "$context.identity.userArn"
    settings = graph["it-limits"].inputs["settings"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (7, 9)


def test_a_function_in_subnets_may_join_them() -> None:
    graph = declare(ScoringApi, subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    function = graph["it-scorer-function"].inputs
    assert function["vpcConfig"] == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    assert "ec2:CreateNetworkInterface" in allowed(graph, "it-scorer-policy")


def test_the_registry_hears_of_approvals_in_its_group_alone() -> None:
    pattern = json.loads(declare(ModelRegistry)["it-approval"].inputs["eventPattern"])
    assert pattern == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["late"], "ModelApprovalStatus": ["Approved"]},
    }


def test_an_approval_starts_the_build_that_knows_its_stack() -> None:
    graph = declare(ModelDelivery, state_bucket="state")
    assert graph["it-target"].inputs["rule"] == "r"
    assert allowed(graph, "it-starter-policy") == {
        "codebuild:StartBuild": ["arn:aws:mock:us-east-1:123456789012:it-project"]
    }
    variables = graph["it-project"].inputs["environment"]["environmentVariables"]
    assert {one["name"]: one["value"] for one in variables} == {
        "STACK": "test-dev",
        "PULUMI_BACKEND_URL": "s3://state",
    }


def test_a_buildspec_cannot_be_taken_for_the_path_of_one() -> None:
    buildspec = declare(ModelDelivery)["it-project"].inputs["source"]["buildspec"]
    assert "\n" in buildspec
    assert json.loads(buildspec)["phases"]["build"]["commands"] == ["make setup", "pulumi up"]


def test_builds_of_one_stack_follow_one_another() -> None:
    assert declare(ModelDelivery)["it-project"].inputs["concurrentBuildLimit"] == 1


def test_a_delivery_changes_what_serves_and_nothing_else() -> None:
    may = allowed(declare(ModelDelivery), "it-policy")
    assert may["iam:PassRole"] == ["arn:aws:iam::123456789012:role/serving"]
    behind = [f"{SAGEMAKER}:model/late-serving-*", f"{SAGEMAKER}:endpoint-config/late-serving-*"]
    assert may["sagemaker:CreateModel"] == may["sagemaker:DeleteEndpointConfig"] == behind
    assert may["sagemaker:UpdateEndpoint"] == [behind[1], f"{SAGEMAKER}:endpoint/late"]
    assert may["sagemaker:DescribeEndpoint"] == [f"{SAGEMAKER}:endpoint/late"]
    changing = {action for action in may if action.startswith(("iam:", "s3:", "lambda:"))}
    assert changing == {"iam:PassRole", "s3:GetObject"}


def test_a_delivery_may_ask_the_endpoint_what_the_version_was_registered_with() -> None:
    may = allowed(declare(ModelDelivery), "it-policy")
    assert may["sagemaker:InvokeEndpoint"] == [f"{SAGEMAKER}:endpoint/late"]
    assert may["s3:GetObject"] == ["arn:aws:s3:::artifacts/*/sample.*"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"commands": []}, "commands must hold one command or more, got none"),
        ({"source_type": "GITHUB"}, "source_location must be set unless .* got None with GITHUB"),
        ({"source_location": "x"}, "must be set unless .* got 'x' with NO_SOURCE"),
    ],
)
def test_a_delivery_that_could_not_build_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(ModelDelivery, **change)


def test_an_image_of_the_account_itself_is_in_its_own_registry() -> None:
    own = "${account_id}.dkr.ecr.us-east-1.amazonaws.com/vision-dev/serving:abc"
    wanted = f"arn:aws:ecr:us-east-1:{PLACE.account_id}:repository/vision-dev/serving"
    assert repository(PLACE, own) == wanted
