"""A shadow on one emulator: asked along, compared, approved, delivered; or rejected."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError
from pytest_mock import MockerFixture

from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.model_delivery import ModelDelivery, ModelDeliveryArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from infra._network import Network
from infra._plan import Foundation, UseCasePlan
from infra._serving import Serving
from infra._shadow import declare_shadow_promotion
from infra.apply.up import up
from infra.emulator.remote import Admin
from infra.emulator.server import Emulator
from infra.live_versions import RegistryVersions, ServedVersions, served_versions
from pipelines.build import lambdas
from pipelines.compile import ROOT
from pipelines.compiled import LambdaCode
from pipelines.shared.shadow import handler
from stacks.layers import load
from stacks.serving import Rollout
from stacks.shadow import ShadowPromotion
from stacks.use_case import UseCase
from tests.stacks import support

pytestmark = pytest.mark.loop
STACK = "flights-staging"
GROUP = ENDPOINT = f"{STACK}-flights"
REGION = "us-east-1"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
TAGS = {"project": "p", "environment": "e", "owner": "o", "team": "flights"}
MODULE = """
def model_fn(model_dir): return {power!r}
def input_fn(body, content_type): return [line.split(",") for line in body.split()]
def predict_fn(rows, power):
    return "".join(f"{{flight}},{{float(value) ** power % 1:.6f}}\\n" for flight, value in rows)
def output_fn(answer, accept): return answer, "text/csv"
"""
"""Answers a flight with the power of the number that is said of it."""
START = datetime(2013, 6, 1, tzinfo=UTC)
REQUESTS = 40
WORSE, BETTER = 0, 1
"""Late is whoever's number is above one half: the first power ranks them, the zeroth does not."""


@dataclass(frozen=True)
class Small:
    """Of staging what a shadow needs: data, registry, endpoint, delivery, and what decides."""

    live: ServedVersions | None = None
    stack: str = STACK
    pulumi_config: Mapping[str, str] = field(default_factory=lambda: {"aws:region": REGION})

    @property
    def settings(self) -> UseCase:
        settings = load(STACK).config.use_cases["flights"]
        promotion = ShadowPromotion(
            decides="approve",
            schedule="rate(4 days)",
            min_requests=REQUESTS,
            min_days=7,
            min_labels=REQUESTS,
            max_mean_difference=1,
            max_latency_ratio=1000,  # of two processes on a busy machine
        )
        assert settings.serving.shadow is not None
        shadow = settings.serving.shadow.model_copy(update={"promotion": promotion})
        serving = settings.serving.model_copy(
            update={
                "max_instance_count": 1,
                "rollout": Rollout(
                    strategy="all_at_once", wait_seconds=0, termination_wait_seconds=0
                ),
                "shadow": shadow,
            }
        )
        return settings.model_copy(update={"serving": serving})

    def declare(self) -> None:
        store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS, deletion_protection=False))
        registry = ModelRegistry(
            "flights-registry",
            ModelRegistryArgs(
                group_name=GROUP,
                description="Lateness",
                tags=TAGS,
                announces_candidates=True,
                deletion_protection=False,
            ),
        )
        foundation = Foundation(
            config=load(STACK).config,
            store=store,
            network=Network(),
            images=None,
            operations_key_arn=store.artifacts_key_arn,
            upstream=None,
            made_from={},
            tracking_server_arn=None,
            alerting=Alerting(name_prefix=STACK, urgent=[], notice=[], runbooks_url="docs"),
        )
        files = lambdas("flights", {})["shadow"]
        code = LambdaCode(
            name="shadow",
            handler=files["handler"],
            files={name: ROOT / name for name in files["files"]},
        )
        plan = UseCasePlan(
            name="flights",
            settings=self.settings,
            compiled=replace(support.compiled(), lambdas={"shadow": code}),
            served=self.live,
            tags=TAGS,
        )
        endpoint = Serving(foundation=foundation, plan=plan, prefix=ENDPOINT).endpoint()
        table = aws.dynamodb.Table(
            "flights-gate-decisions",
            billing_mode="PAY_PER_REQUEST",
            hash_key="use_case",
            range_key="decided_at",
            attributes=[{"name": "use_case", "type": "S"}, {"name": "decided_at", "type": "S"}],
        )
        declare_shadow_promotion(foundation, plan, registry, endpoint, table.name)
        delivery = ModelDelivery(
            "flights-delivery",
            ModelDeliveryArgs(
                stack=STACK,
                commands=["echo delivered"],
                source_type="NO_SOURCE",
                approval_rule=registry.approval_rule,
                approval_rule_arn=registry.approval_rule_arn,
                model_package_group=registry.group_name,
                endpoint_name=ENDPOINT,
                model_name_prefix=endpoint.model_name_prefix,
                serving_role_arn=endpoint.role_arn,
                feature_groups=[f"{GROUP}-weather"],
                models=pulumi.Output.concat(store.artifacts_bucket, "/"),
                data_key_arn=store.artifacts_key_arn,
                key_arn=store.artifacts_key_arn,
                log_group_name=f"/mlops/{GROUP}/delivery",
                tags=TAGS,
            ),
        )
        for name in ("artifacts_bucket", "raw_bucket"):
            pulumi.export(name, getattr(store, name))
        pulumi.export("decisions_table", table.name)
        pulumi.export("project", delivery.project_name)


@dataclass
class World:
    """What a test does to the stack, and asks of it."""

    emulator: Emulator
    answered: int = 0

    def client(self, service: str) -> Any:
        made: Any = boto3.client
        return made(service, region_name=REGION)

    def output(self, name: str) -> str:
        outputs = Admin(self.emulator.endpoint_url).call("GET", f"/stacks/{STACK}")["outputs"]
        return str(outputs[name])

    def deliver(self) -> None:
        """Update the stack as the delivery's own command would."""
        versions = RegistryVersions(REGION)
        live = served_versions(versions, GROUP, Small().settings.serving)
        summary = up(Small(live), self.emulator.endpoint_url)
        assert not summary.failed, summary.failed
        self.emulator.settle()

    def register(self, power: int) -> str:
        """Register a version that waits for approval."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            body = MODULE.format(power=power).encode()
            member = tarfile.TarInfo("code/inference.py")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        bucket, key = self.output("artifacts_bucket"), f"run-{power}/model.tar.gz"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())
        container = {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{bucket}/{key}",
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        }
        made = self.client("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        self.emulator.settle()
        return str(made["ModelPackageArn"])

    def approve(self, arn: str) -> None:
        self.client("sagemaker").update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved"
        )
        self.emulator.settle()

    def approval(self, arn: str) -> str:
        found = self.client("sagemaker").describe_model_package(ModelPackageName=arn)
        return str(found["ModelApprovalStatus"])

    def serves(self) -> tuple[list[str], int]:
        """Return the versions that answer, and how many shadows stand."""
        sagemaker = self.client("sagemaker")
        name = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"]
        config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        models = [
            sagemaker.describe_model(ModelName=one["ModelName"])["PrimaryContainer"]
            for one in config["ProductionVariants"]
        ]
        shadows = config.get("ShadowProductionVariants") or []
        return [one["ModelPackageName"].rpartition("/")[2] for one in models], len(shadows)

    def ask(self) -> None:
        """Ask about flights, and have the truth arrive a little later."""
        runtime = self.client("sagemaker-runtime")
        numbers = range(self.answered, self.answered + REQUESTS)
        for number in numbers:
            share = number % REQUESTS / REQUESTS
            runtime.invoke_endpoint(
                EndpointName=ENDPOINT,
                Body=f"f{number},{share}",
                ContentType="text/csv",
                InferenceId=f"request-{number}",
            )
        self.emulator.settle()
        now = self.now()
        rows = [
            f"f{number},{now:%Y-%m-%dT%H:%M:%S},{int(number % REQUESTS / REQUESTS > 0.5)}"
            for number in numbers
        ]
        self.client("s3").put_object(
            Bucket=self.output("raw_bucket"),
            Key=f"labels/flights/batch={self.answered}/labels.csv",
            Body="\n".join(["flight_id,landed_at,late", *rows]),
        )
        self.answered += REQUESTS

    def now(self) -> datetime:
        return self.emulator.context.clock.now()

    def advance(self, **by: float) -> None:
        moment = (self.now() + timedelta(**by)).isoformat()
        Admin(self.emulator.endpoint_url).call("POST", "clock", {"advance_to": moment})

    def builds(self) -> int:
        listed = self.client("codebuild").list_builds_for_project(
            projectName=self.output("project")
        )
        return len(listed["ids"])

    def decisions(self) -> list[dict[str, str]]:
        items = self.client("dynamodb").scan(TableName=self.output("decisions_table"))["Items"]
        found = [{name: value["S"] for name, value in item.items()} for item in items]
        return sorted(found, key=lambda one: one["decided_at"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("emulator")
    with (
        Emulator(home=home, workspace=home, clock_start=START) as emulator,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        found = World(emulator)
        assert not up(Small(), emulator.endpoint_url).failed
        handler._client.cache_clear()
        yield found
        handler._client.cache_clear()


def test_a_better_shadow_is_approved_on_evidence_and_delivered(world: World) -> None:
    first = world.register(WORSE)
    world.approve(first)
    world.deliver()
    assert world.serves() == (["1"], 0)
    before = world.builds()

    second = world.register(BETTER)
    assert world.builds() == before + 1, "a candidate that waits starts a delivery"
    world.deliver()
    assert world.serves() == (["1"], 1)

    world.advance(hours=1)  # past the rollout
    world.ask()
    world.advance(days=4)
    [early] = [one for one in world.decisions() if one["decision"] == "keep"][-1:]
    assert early["rule"] == "days"
    assert world.approval(second) == "PendingManualApproval"

    world.advance(days=4)
    last = world.decisions()[-1]
    assert (last["decision"], last["rule"], last["acted"]) == ("promote", "evidence", "Approved")
    facts = json.loads(last["facts"])
    assert facts["agreement"]["requests"] == REQUESTS
    assert facts["agreement"]["auc_shadow"] == 1.0
    assert facts["agreement"]["auc_production"] == 0.5
    assert facts["shadow"]["invocations"] == facts["production"]["invocations"] == REQUESTS
    assert facts["shadow"]["latency_p99_milliseconds"] > 0
    assert world.approval(second) == "Approved"
    assert world.builds() == before + 2, "its approval starts the delivery, as a person's would"
    told = world.client("cloudwatch").get_metric_statistics(
        Namespace="MLOps",
        MetricName="ShadowAuc",
        Dimensions=[{"Name": "Stack", "Value": STACK}, {"Name": "UseCase", "Value": "flights"}],
        StartTime=START,
        EndTime=world.now() + timedelta(hours=1),
        Period=86400,
        Statistics=["Maximum"],
    )
    assert [one["Maximum"] for one in told["Datapoints"]][-1] == 1.0

    world.deliver()
    assert world.serves() == (["2"], 0)


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give this process the function's own settings; returns an event."""
    [name] = [
        one["FunctionName"]
        for one in world.client("lambda").list_functions()["Functions"]
        if one["FunctionName"].startswith("flights-shadow")
    ]
    settings = world.client("lambda").get_function_configuration(FunctionName=name)
    for key, value in settings["Environment"]["Variables"].items():
        monkeypatch.setenv(key, value)
    return {"id": "by-hand", "time": f"{world.now():%Y-%m-%dT%H:%M:%SZ}"}


def test_without_a_shadow_nothing_is_decided(world: World, asked: dict[str, str]) -> None:
    before = world.decisions()
    assert handler.handle(asked)["decision"] == "none"
    assert world.decisions() == before


@pytest.mark.usefixtures("asked")
def test_a_worse_shadow_is_recommended_for_rejection_then_rejected_by_who_may(
    world: World, monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture
) -> None:
    third = world.register(WORSE)
    world.deliver()
    assert world.serves() == (["2"], 1)
    world.advance(hours=1)
    world.ask()
    world.advance(minutes=1)
    monkeypatch.setenv("MIN_DAYS", "0")
    event = {"id": "recommended", "time": f"{world.now():%Y-%m-%dT%H:%M:%SZ}"}
    monkeypatch.setenv("DECIDES", "recommend")
    recommended = handler.handle(event)
    assert (recommended["decision"], recommended["rule"]) == ("recommend reject", "auc")
    assert world.approval(third) == "PendingManualApproval"

    monkeypatch.setenv("DECIDES", "approve")
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "UpdateModelPackage")
    refused = mocker.patch.object(
        handler._client("sagemaker"), "update_model_package", side_effect=denied
    )
    event = {**event, "id": "decided"}
    with pytest.raises(ClientError, match="AccessDenied"):
        handler.handle(event)
    [failed] = [one for one in world.decisions() if one["event_id"] == "decided"]
    assert failed["decision"] == "failed"
    mocker.stop(refused)
    made_up = handler.handle(event)
    assert (made_up["decision"], made_up["acted"]) == ("reject", "Rejected")
    assert "error" not in made_up
    assert handler.handle(event) == made_up
    assert world.approval(third) == "Rejected"
    world.deliver()
    assert world.serves() == (["2"], 0), "what was rejected is no longer billed"
