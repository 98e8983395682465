"""An account has room for so many instances; a stack's needs are compared with it beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from infra.cli.main import app
from infra.emulator import jobs
from infra.emulator.server import Emulator
from infra.quotas import HOSTS, Finding, Need, Quota, explain, find, needs
from stacks.features import Features
from stacks.layers import load
from stacks.serving import Serving
from stacks.variants import Shadow
from tests.emulator.core.admin import ask
from tests.emulator.jobs.helpers import PARTS, REGION, prepare, processing, training, wait_for_log
from tests.emulator.jobs.test_tuning import tuning

RUN = CliRunner()
TRAINING = "ml.m5.large for training job usage"
TRANSFORM = {
    "TransformJobName": "batch",
    "ModelName": "late",
    "TransformInput": {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    },
    "TransformOutput": {"S3OutputPath": "s3://data/out"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("quotas", *PARTS)) as running:
        prepare(running)
        jobs.engine(running.context).grace_seconds = 0.5
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Any:
    return emulator.context.client("service-quotas", REGION)


@pytest.fixture
def sagemaker(emulator: Emulator) -> Any:
    return emulator.context.client("sagemaker", REGION)


def grant(emulator: Emulator, name: str, value: float, region: str = REGION) -> None:
    body = {"region": region, "name": name, "value": value}
    assert ask(emulator, "POST", "quotas", body) == (200, {})


def code(client: Any, name: str) -> str:
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    found = {one["QuotaName"]: str(one["QuotaCode"]) for page in pages for one in page["Quotas"]}
    return found[name]


def test_a_quota_is_granted_for_one_region(emulator: Emulator, client: Any) -> None:
    name = "ml.g5.xlarge for training job usage"
    grant(emulator, name, 2)
    there = emulator.context.client("service-quotas", "eu-west-1")
    asked = {"ServiceCode": "sagemaker", "QuotaCode": code(client, name)}
    assert client.get_service_quota(**asked)["Quota"]["Value"] == 2
    assert there.get_service_quota(**asked)["Quota"]["Value"] == 100
    assert client.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 100


def test_a_request_for_more_stays_open_until_it_is_granted(emulator: Emulator, client: Any) -> None:
    name = "ml.p4d.24xlarge for training job usage"
    grant(emulator, name, 0)
    asked = {"ServiceCode": "sagemaker", "QuotaCode": code(client, name), "DesiredValue": 4.0}
    assert client.request_service_quota_increase(**asked)["RequestedQuota"]["Status"] == "PENDING"
    with pytest.raises(ClientError, match="is open already"):
        client.request_service_quota_increase(**asked)
    (found,) = find([Need(name, 4, ("a training",))], client)
    assert found.lacks
    assert "asked for already: 4, not decided yet" in explain(found, REGION)
    grant(emulator, name, 4)
    history = client.list_requested_service_quota_change_history(ServiceCode="sagemaker")
    assert [one["Status"] for one in history["RequestedQuotas"]] == ["APPROVED"]
    with pytest.raises(ClientError, match="DesiredValue must be above 4, got 4"):
        client.request_service_quota_increase(**asked)


def test_a_quota_that_does_not_exist_is_told(emulator: Emulator, client: Any) -> None:
    with pytest.raises(ClientError, match="no quota L-00000000"):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")
    with pytest.raises(ClientError, match="quotas of ec2 are not emulated"):
        client.list_service_quotas(ServiceCode="ec2")
    assert ask(emulator, "POST", "quotas", {"region": REGION, "name": "x", "value": 1})[0] == 400


def test_a_job_beyond_the_quota_is_refused_in_awss_words(
    emulator: Emulator, sagemaker: Any
) -> None:
    grant(emulator, TRAINING, 2)
    script = "import time; print('runs', flush=True); time.sleep(60)"
    sagemaker.create_training_job(**training(emulator, "first", script))
    wait_for_log(emulator, "/aws/sagemaker/TrainingJobs", "runs")
    two = training(emulator, "second", "")
    two["ResourceConfig"]["InstanceCount"] = 2
    with pytest.raises(ClientError) as caught:
        sagemaker.create_training_job(**two)
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    assert (
        f"The account-level service limit '{TRAINING}' is 2 Instances, with current utilization "
        "of 1 Instances and a request delta of 2 Instances."
    ) in str(caught.value)
    sagemaker.stop_training_job(TrainingJobName="first")
    emulator.settle(timeout=60)
    sagemaker.create_training_job(**two)
    emulator.settle(timeout=60)
    grant(emulator, TRAINING, 100)


@pytest.mark.parametrize(
    ("quota", "asked"),
    [
        ("ml.m5.large for spot training job usage", "spot"),
        ("ml.m5.large for training warm pool usage", "warm"),
        ("ml.m5.large for processing job usage", "processing"),
        ("ml.m5.large for transform job usage", "transform"),
        (HOSTS, "hosts"),
    ],
)
def test_each_use_has_its_own_quota(
    emulator: Emulator, sagemaker: Any, quota: str, asked: str
) -> None:
    grant(emulator, quota, 0)
    request = training(emulator, asked, "")
    if asked == "spot":
        request["EnableManagedSpotTraining"] = True
        request["StoppingCondition"]["MaxWaitTimeInSeconds"] = 120
    if asked == "warm":
        request["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 60
    create = sagemaker.create_training_job
    if asked == "processing":
        request, create = processing(emulator, asked, ""), sagemaker.create_processing_job
    if asked == "transform":
        request, create = TRANSFORM, sagemaker.create_transform_job
    with pytest.raises(ClientError, match=quota):
        create(**request)
    grant(emulator, quota, 20)


def test_a_search_needs_room_for_all_that_it_runs_at_once(
    emulator: Emulator, sagemaker: Any
) -> None:
    grant(emulator, TRAINING, 1)
    with pytest.raises(ClientError, match="a request delta of 2 Instances"):
        sagemaker.create_hyper_parameter_tuning_job(**tuning(emulator, "wide"))
    grant(emulator, TRAINING, 100)


def test_a_stack_needs_what_may_run_at_once() -> None:
    wanted = {one.quota: one.instances for one in needs(load("flights-prod").config)}
    assert wanted == {
        "ml.m5.4xlarge for training job usage": 6,
        "ml.m5.2xlarge for processing job usage": 4,
        "ml.m5.xlarge for transform job usage": 1,
        "ml.m5.xlarge for endpoint usage": 16,
        HOSTS: 1,
    }
    spot = {one.quota for one in needs(load("flights-dev").config)}
    assert "ml.m5.2xlarge for spot training job usage" in spot


def test_every_variant_and_the_shadow_need_instances_of_their_own() -> None:
    resolved = load("flights-prod").config
    serving = resolved.use_cases["flights"].serving
    several = Serving.model_validate(
        {
            **serving.model_dump(exclude_unset=True),
            "max_instance_count": 2,
            "variants": (
                {"name": "live", "model_version": 1},
                {"name": "next", "model_version": 2, "instance_type": "ml.c5.large"},
            ),
        }
    )
    shadowed = serving.model_copy(update={"shadow": Shadow(instance_count=3)})

    def needed(changed: Serving) -> dict[str, int]:
        use_case = resolved.use_cases["flights"].model_copy(update={"serving": changed})
        config = resolved.model_copy(update={"use_cases": {"flights": use_case}})
        return {one.quota: one.instances for one in needs(config) if "endpoint" in one.quota}

    assert needed(several) == {
        "ml.m5.xlarge for endpoint usage": 4,
        "ml.c5.large for endpoint usage": 4,
    }
    assert needed(shadowed) == {"ml.m5.xlarge for endpoint usage": 16 + 6}
    rollout = {"strategy": "all_at_once"}
    serverless = {"mode": "serverless", "rollout": rollout, "data_capture_percent": 0}
    assert needed(Serving.model_validate(serverless)) == {}


def test_a_cluster_that_makes_features_needs_each_of_its_instances() -> None:
    resolved = load("flights-prod").config
    features = Features(engine="spark", instance_type="ml.r5.4xlarge", instance_count=12)
    use_case = resolved.use_cases["flights"].model_copy(update={"features": features})
    config = resolved.model_copy(update={"use_cases": {"flights": use_case}})
    wanted = {one.quota: one.instances for one in needs(config) if "processing" in one.quota}
    assert wanted == {
        "ml.r5.4xlarge for processing job usage": 12,
        "ml.m5.2xlarge for processing job usage": 3,
    }


def test_what_lacks_is_told_with_the_way_to_get_it() -> None:
    need = Need("ml.p5.48xlarge for training job usage", 2, ("vision: a training of 2",))
    assert explain(Finding(need, Quota("L-82E1C851", 0)), "us-east-1") == (
        "ml.p5.48xlarge for training job usage (L-82E1C851) must be at least 2 in us-east-1, is 0\n"
        "  needed for vision: a training of 2\n"
        "  ask for it: aws service-quotas request-service-quota-increase --service-code sagemaker "
        "--quota-code L-82E1C851 --desired-value 2 --region us-east-1"
    )
    assert "SageMaker has no such quota in eu-west-3" in explain(Finding(need, None), "eu-west-3")


@pytest.fixture
def account(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.mark.usefixtures("account")
def test_the_command_tells_a_stack_that_has_room_from_one_that_lacks(emulator: Emulator) -> None:
    shown = RUN.invoke(app, ["quotas", "-s", "flights-prod"])
    assert shown.exit_code == 0, shown.output
    grant(emulator, "ml.m5.xlarge for endpoint usage", 15)
    shown = RUN.invoke(app, ["quotas", "-s", "flights-prod"])
    assert shown.exit_code == 1
    assert "ml.m5.xlarge for endpoint usage (L-" in shown.output
    assert "must be at least 16 in us-east-1, is 15" in shown.output
    assert "--desired-value 16 --region us-east-1" in shown.output
    grant(emulator, "ml.m5.xlarge for endpoint usage", 100)


def test_without_credentials_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    shown = RUN.invoke(app, ["quotas", "-s", "flights-prod"])
    assert shown.exit_code == 1
    assert "no AWS credentials: sign in to the account of flights-prod" in shown.output
