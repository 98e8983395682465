"""Two environments' pipelines on the emulator: a revision goes on to the next, or does not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pulumi_aws as aws
import pytest

from components.alert_routes import AlertRoutes, AlertRoutesArgs, Destination
from components.alerting import Alerting
from components.delivery_pipeline import DeliveryPipeline, DeliveryPipelineArgs
from components.revisions import RELEASE_KEY, SourceObject
from infra.apply.state import MemoryStore
from infra.apply.up import up
from infra.emulator.server import Emulator
from tests.apply.conftest import Declared
from tests.unit.components.support import TAGS

REGION = "us-east-1"
QUEUES = ("urgent", "notice")
RUNBOOKS = "https://example.com/runbooks.md"
PARTS = (
    *("credentials", "admin", "bucket_policies", "s3_listing", "codebuild", "codepipeline"),
    *("events", "alarms", "messaging"),
)


def bucket(name: str) -> aws.s3.Bucket:
    made = aws.s3.Bucket(name, bucket=name, force_destroy=True)
    aws.s3.BucketVersioning(
        f"{name}-versions", bucket=made.bucket, versioning_configuration={"status": "Enabled"}
    )
    aws.s3.BucketNotification(f"{name}-events", bucket=made.bucket, eventbridge=True)
    return made


def declare() -> None:
    key = aws.kms.Key("key", description="test")
    told = {
        name: [Destination(protocol="sqs", endpoint=f"arn:aws:sqs:{REGION}:123456789012:{name}")]
        for name in QUEUES
    }
    routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS, **told))
    revisions, dev, staging = (bucket(name) for name in ("revisions", "artifacts-dev", "staging"))

    def pipeline(stack: str, source: SourceObject, store: aws.s3.Bucket, check: list[str]) -> None:
        DeliveryPipeline(
            f"{stack}-delivery",
            DeliveryPipelineArgs(
                stack=stack,
                source=source,
                check=check,
                preview=["echo would deploy $(cat made) to $STACK"],
                deploy=["echo deployed $(cat made) to $STACK", "test ! -e breaks-the-deployment"],
                reading=["s3:ListBucket"],
                writing=["s3:CreateBucket"],
                bucket=store.bucket,
                data_key_arn=key.arn,
                key_arn=key.arn,
                alerting=Alerting(
                    name_prefix=stack,
                    urgent=[routes.urgent_arn],
                    notice=[routes.notice_arn],
                    runbooks_url=RUNBOOKS,
                ),
                role_name=f"{stack}-pipeline-source-promotion",
                log_group_name=f"/mlops/{stack}/delivery",
                releases=bool(check),
                tags=TAGS,
            ),
        )

    check = ["test ! -e breaks-the-check", "echo version $(cat code) > made"]
    pipeline("t-dev", SourceObject(bucket=revisions.bucket, key="revision.zip"), dev, check)
    pipeline("t-staging", SourceObject(bucket=dev.bucket, key=RELEASE_KEY), staging, [])


class Delivery:
    """Both pipelines, as they stand."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.pipelines = emulator.context.client("codepipeline", REGION)
        self.s3 = emulator.context.client("s3", REGION)
        self.sqs = emulator.context.client("sqs", REGION)
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        self.program = Declared(declare=declare, stack="t-dev")
        self.store = MemoryStore()
        assert not self.up().failed
        emulator.settle(timeout=60)

    def up(self) -> Any:
        return up(self.program, self.emulator.endpoint_url, store=self.store)

    def push(self, **files: str) -> None:
        """Put a new revision, and wait until it goes no further by itself."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                archive.writestr(name.replace("_", "-"), text)
        self.s3.put_object(Bucket="revisions", Key="revision.zip", Body=buffer.getvalue())
        self.emulator.settle(timeout=60)

    def newest(self, stack: str) -> dict[str, Any]:
        listed = self.pipelines.list_pipeline_executions(pipelineName=f"{stack}-delivery")
        newest: dict[str, Any] = listed["pipelineExecutionSummaries"][0]
        return newest

    def decide(self, stack: str, status: str) -> None:
        """Approve or reject what waits, and wait for what follows."""
        name = f"{stack}-delivery"
        stages = self.pipelines.get_pipeline_state(name=name)["stageStates"]
        actions = next(one for one in stages if one["stageName"] == "Deliver")["actionStates"]
        self.pipelines.put_approval_result(
            pipelineName=name,
            stageName="Deliver",
            actionName="Approve",
            token=actions[1]["latestExecution"]["token"],
            result={"status": status, "summary": "seen"},
        )
        self.emulator.settle(timeout=60)

    def told(self, queue: str) -> list[str]:
        """Take what a queue was told."""
        found: list[str] = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.urls[queue], MaxNumberOfMessages=10
        ).get("Messages"):
            for one in messages:
                handle = one["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=handle)
                found.append(json.loads(one["Body"])["Message"])
        return found

    def log(self, stack: str) -> list[str]:
        logs = self.emulator.context.client("logs", REGION)
        events = logs.filter_log_events(logGroupName=f"/mlops/{stack}/delivery")["events"]
        return [event["message"] for event in events]

    def released(self) -> bytes:
        body: bytes = self.s3.get_object(Bucket="artifacts-dev", Key=RELEASE_KEY)["Body"].read()
        return body


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    workspace = tmp_path_factory.mktemp("workspace")
    with Emulator(workspace=workspace, parts=PARTS) as emulator:
        yield Delivery(emulator)


def test_a_pipeline_without_a_revision_fails_and_says_where_to_read_on(delivery: Delivery) -> None:
    assert delivery.newest("t-dev")["status"] == "Failed"
    told = [one.strip('"') for one in delivery.told("urgent")]
    assert sorted(one.split()[0] for one in told) == ["t-dev-delivery", "t-staging-delivery"]
    assert all(one.endswith(f"{RUNBOOKS}#revision-stopped") for one in told)


def test_a_second_update_changes_nothing(delivery: Delivery) -> None:
    summary = delivery.up()
    assert not summary.created + summary.updated + summary.replaced + summary.deleted


def test_a_revision_goes_on_as_the_same_bytes_with_an_approval_in_each(delivery: Delivery) -> None:
    delivery.push(code="1")
    assert delivery.newest("t-dev")["status"] == "InProgress"
    assert "would deploy version 1 to t-dev" in delivery.log("t-dev")
    assert "deployed version 1 to t-dev" not in delivery.log("t-dev")
    (asked,) = [one for one in delivery.told("notice") if "approval" in one]
    link = json.loads(asked)["approval"]["externalEntityLink"]
    assert "/build/dev-preview-project" in link.replace("t-dev-delivery-preview", "dev-preview")
    delivery.decide("t-dev", "Approved")
    assert delivery.newest("t-dev")["status"] == "Succeeded"
    assert "deployed version 1 to t-dev" in delivery.log("t-dev")
    # The release started the next environment's pipeline, which asks its own people.
    staging = delivery.newest("t-staging")
    assert staging["status"] == "InProgress"
    assert "would deploy version 1 to t-staging" in delivery.log("t-staging")
    taken = delivery.s3.list_objects_v2(Bucket="staging", Prefix="t-staging-delivery")["Contents"]
    bodies = [
        delivery.s3.get_object(Bucket="staging", Key=one["Key"])["Body"].read() for one in taken
    ]
    assert bodies == [delivery.released()]
    delivery.decide("t-staging", "Approved")
    assert "deployed version 1 to t-staging" in delivery.log("t-staging")
    assert delivery.told("urgent") == []


def test_a_rejected_revision_is_never_deployed(delivery: Delivery) -> None:
    before = delivery.released()
    delivery.push(code="2")
    delivery.decide("t-dev", "Rejected")
    assert delivery.newest("t-dev")["status"] == "Failed"
    assert "deployed version 2 to t-dev" not in delivery.log("t-dev")
    assert delivery.released() == before
    assert len(delivery.told("urgent")) == 1


@pytest.mark.parametrize("build", ["check", "deployment"])
def test_a_failing_build_stops_the_revision_and_alarms(delivery: Delivery, build: str) -> None:
    before, staging = delivery.released(), delivery.newest("t-staging")
    delivery.push(code="3", **{f"breaks_the_{build}": ""})
    if build == "deployment":
        delivery.decide("t-dev", "Approved")
    assert delivery.newest("t-dev")["status"] == "Failed"
    assert delivery.released() == before
    assert delivery.newest("t-staging") == staging
    assert len(delivery.told("urgent")) == 1
