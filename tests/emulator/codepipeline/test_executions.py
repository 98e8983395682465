"""Pipelines of CodePipeline, as its API shows them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, archive, impatient

PARTS = (
    "credentials",
    "admin",
    "bucket_policies",
    "codebuild",
    "codepipeline",
    "events",
    "messaging",
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
BUILD = "artifacts: {files: ['**/*'], exclude-paths: ['left-out']}"


class Stand:
    """A bucket, a role, and pipelines with tiny builds."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.client: Any = impatient(emulator, "codepipeline")
        self.s3 = emulator.context.client("s3", REGION)
        self.s3.create_bucket(Bucket="store")
        versioned = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(Bucket="store", VersioningConfiguration=versioned)
        made = emulator.context.client("iam", REGION).create_role(
            RoleName="delivery", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self.role = made["Role"]["Arn"]
        sns = emulator.context.client("sns", REGION)
        self.topic = sns.create_topic(Name="approvals")["TopicArn"]
        self.queue = emulator.context.client("sqs", REGION).create_queue(QueueName="told")
        sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:told"
        )

    def source(self, **files: str) -> str:
        """Put the source and return its version."""
        version: str = self.s3.put_object(Bucket="store", Key="source.zip", Body=archive(**files))[
            "VersionId"
        ]
        return version

    def project(self, name: str, *commands: str, more: str = "") -> None:
        """Create a project that a pipeline starts."""
        lines = "".join(f"      - {json.dumps(command)}\n" for command in commands)
        self.emulator.context.client("codebuild", REGION).create_project(
            name=name,
            source={
                "type": "CODEPIPELINE",
                "buildspec": "version: 0.2\nenv: {exported-variables: [FOUND]}\n"
                f"phases:\n  build:\n    commands:\n{lines}{more}",
            },
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=self.role,
        )

    def create(self, name: str, *stages: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
        """Create a pipeline of these stages' actions; the first is the source."""
        found = action("Source", "Source", "S3", outputs=["source"], namespace="Source")
        found["configuration"] = {
            "S3Bucket": "store",
            "S3ObjectKey": "source.zip",
            "PollForSourceChanges": "false",
        }
        pipeline: dict[str, Any] = {
            "name": name,
            "roleArn": self.role,
            "pipelineType": "V2",
            "executionMode": "QUEUED",
            "artifactStore": {"type": "S3", "location": "store"},
            "stages": [
                {"name": f"stage-{number}" if number else "Source", "actions": actions}
                for number, actions in enumerate([[found], *stages])
            ],
            **settings,
        }
        self.client.create_pipeline(pipeline=pipeline)
        return pipeline

    def rest(self, name: str) -> list[dict[str, Any]]:
        """Wait for rest and return the executions, newest first."""
        self.emulator.settle(timeout=60)
        listed: list[dict[str, Any]] = self.client.list_pipeline_executions(pipelineName=name)[
            "pipelineExecutionSummaries"
        ]
        return listed

    def actions(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the newest try of each action."""
        listed = self.client.list_action_executions(pipelineName=name)["actionExecutionDetails"]
        return {one["actionName"]: one for one in reversed(listed)}

    def token(self, name: str, number: int = 2) -> str:
        """Return the token of the approval that waits."""
        stage = self.client.get_pipeline_state(name=name)["stageStates"][number]
        token: str = stage["actionStates"][0]["latestExecution"]["token"]
        return token

    def decide(self, name: str, status: str, token: str) -> None:
        """Approve or reject."""
        self.client.put_approval_result(
            pipelineName=name,
            stageName="stage-2",
            actionName="Approve",
            result={"summary": "looked at it", "status": status},
            token=token,
        )

    def log(self, name: str) -> list[str]:
        """Return what the builds of a project printed."""
        logs = self.emulator.context.client("logs", REGION)
        events = logs.filter_log_events(logGroupName=f"/aws/codebuild/{name}")["events"]
        return [event["message"] for event in events]


def action(
    name: str,
    category: str,
    provider: str,
    *,
    inputs: list[str] | None = None,
    outputs: list[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "name": name,
        "actionTypeId": {
            "category": category,
            "owner": "AWS",
            "provider": provider,
            "version": "1",
        },
        "inputArtifacts": [{"name": one} for one in inputs or ()],
        "outputArtifacts": [{"name": one} for one in outputs or ()],
        "configuration": more.pop("configuration", {}),
        **more,
    }


def build(name: str, project: str, **more: Any) -> dict[str, Any]:
    configuration = {"ProjectName": project, **more.pop("configuration", {})}
    more.setdefault("inputs", ["source"])
    return action(name, "Build", "CodeBuild", configuration=configuration, **more)


APPROVE = action("Approve", "Approval", "Manual")


@pytest.fixture(scope="module")
def stand(emulator: Emulator) -> Stand:
    return Stand(emulator)


def test_a_failing_build_stops_the_execution_and_its_stage_can_be_tried_again(
    stand: Stand,
) -> None:
    stand.source(code="print('hello')")
    stand.project("breaking", "echo broken >&2; test -e /nowhere")
    stand.project("after", "true")
    stand.create("failing", [build("Break", "breaking")], [build("After", "after")])
    (found,) = stand.rest("failing")
    assert found["status"] == "Failed"
    assert found["trigger"]["triggerType"] == "CreatePipeline"
    broken = stand.actions("failing")["Break"]["output"]["executionResult"]["errorDetails"]
    assert "test -e /nowhere" in broken["message"]
    assert "broken" in broken["message"]
    assert "After" not in stand.actions("failing")
    spec = {"type": "CODEPIPELINE", "buildspec": "version: 0.2\nphases: {build: {commands: []}}\n"}
    stand.emulator.context.client("codebuild", REGION).update_project(name="breaking", source=spec)
    stand.client.retry_stage_execution(
        pipelineName="failing",
        stageName="stage-1",
        pipelineExecutionId=found["pipelineExecutionId"],
        retryMode="FAILED_ACTIONS",
    )
    assert [one["status"] for one in stand.rest("failing")] == ["Succeeded"]
    assert stand.actions("failing")["After"]["status"] == "Succeeded"


def test_what_one_build_makes_the_next_one_finds(stand: Stand) -> None:
    version = stand.source(code="print('from the source')")
    stand.project(
        "making", "FOUND=$(python code.py)", "echo made > new", "touch left-out", more=BUILD
    )
    stand.project("taking", "cat new", "test ! -e left-out", "echo heard $SAID")
    said = json.dumps([{"name": "SAID", "value": "#{Made.FOUND}", "type": "PLAINTEXT"}])
    stand.create(
        "handing",
        [build("Make", "making", outputs=["made"], namespace="Made")],
        [build("Take", "taking", inputs=["made"], configuration={"EnvironmentVariables": said})],
        [
            action(
                "Put",
                "Deploy",
                "S3",
                inputs=["made"],
                configuration={"BucketName": "store", "ObjectKey": "out.zip", "Extract": "false"},
            )
        ],
    )
    (found,) = stand.rest("handing")
    assert found["status"] == "Succeeded", stand.actions("handing")
    assert found["sourceRevisions"][0]["revisionId"] == version
    assert "heard from the source" in stand.log("taking")
    body = stand.s3.get_object(Bucket="store", Key="out.zip")["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as held:
        assert sorted(held.namelist()) == ["code.py", "new"]
    made = stand.actions("handing")["Make"]["output"]
    assert made["outputVariables"] == {"FOUND": "from the source"}
    artifact = made["outputArtifacts"][0]["s3location"]
    assert stand.s3.get_object(Bucket="store", Key=artifact["key"])["Body"].read() == body


@pytest.mark.parametrize(("status", "end"), [("Rejected", "Failed"), ("Approved", "Succeeded")])
def test_an_approval_waits_for_whoever_has_its_token(stand: Stand, status: str, end: str) -> None:
    stand.source(code="")
    name = f"approval-{status}"
    stand.project(f"check-{status}", "FOUND=link")
    stand.project(f"act-{status}", "echo acted")
    asked = {
        **APPROVE,
        "configuration": {
            "NotificationArn": stand.topic,
            "CustomData": "look at #{Checked.FOUND}",
            "ExternalEntityLink": "https://example.com/#{codepipeline.PipelineExecutionId}",
        },
    }
    stand.create(
        name,
        [build("Check", f"check-{status}", namespace="Checked")],
        [asked],
        [build("Act", f"act-{status}")],
    )
    (found,) = stand.rest(name)
    assert found["status"] == "InProgress"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        stand.decide(name, "Approved", "another")
    token = stand.token(name)
    sqs = stand.emulator.context.client("sqs", REGION)
    (message,) = sqs.receive_message(QueueUrl=stand.queue["QueueUrl"])["Messages"]
    sqs.delete_message(QueueUrl=stand.queue["QueueUrl"], ReceiptHandle=message["ReceiptHandle"])
    told = json.loads(json.loads(message["Body"])["Message"])["approval"]
    assert told["token"] == token
    assert told["customData"] == "look at link"
    assert told["externalEntityLink"].endswith(found["pipelineExecutionId"])
    stand.decide(name, status, token)
    assert [one["status"] for one in stand.rest(name)] == [end]
    assert ("Act" in stand.actions(name)) is (status == "Approved")
    assert stand.actions(name)["Approve"]["updatedBy"].endswith(":root")
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        stand.decide(name, status, token)


def test_an_approval_that_nobody_gives_expires(stand: Stand) -> None:
    stand.project("nothing", "true")
    stand.create("expiring", [build("Check", "nothing")], [APPROVE])
    stand.rest("expiring")
    stand.emulator.context.clock.advance_to(
        stand.emulator.context.clock.now() + timedelta(days=7, seconds=1)
    )
    assert stand.rest("expiring")[0]["status"] == "Failed"


def test_a_waiting_execution_keeps_its_place_unless_a_newer_one_supersedes_it(
    stand: Stand,
) -> None:
    stand.project("quick", "true")
    for name, mode in (("queueing", "QUEUED"), ("superseding", "SUPERSEDED")):
        stand.create(name, [build("Check", "quick")], [APPROVE], executionMode=mode)
        for _ in range(2):
            stand.rest(name)
            stand.client.start_pipeline_execution(name=name)
    assert [one["status"] for one in stand.rest("queueing")] == ["InProgress"] * 3
    statuses = [one["status"] for one in stand.rest("superseding")]
    assert statuses == ["InProgress", "Superseded", "InProgress"]
    stand.decide("queueing", "Approved", stand.token("queueing"))
    statuses = [one["status"] for one in stand.rest("queueing")]
    assert statuses == ["InProgress", "InProgress", "Succeeded"]


def test_an_execution_takes_the_version_of_the_source_that_it_is_told(stand: Stand) -> None:
    first = stand.source(code="print('first')")
    stand.source(code="print('second')")
    stand.project("telling", "python code.py")
    stand.create("versions", [build("Tell", "telling")])
    stand.rest("versions")
    override = {
        "actionName": "Source",
        "revisionType": "S3_OBJECT_VERSION_ID",
        "revisionValue": first,
    }
    stand.client.start_pipeline_execution(name="versions", sourceRevisions=[override])
    assert stand.rest("versions")[0]["sourceRevisions"][0]["revisionId"] == first
    printed = [line for line in stand.log("telling") if line in {"first", "second"}]
    assert printed == ["second", "first"]


def test_a_changed_pipeline_cancels_what_runs_of_it(stand: Stand) -> None:
    stand.project("before", "true")
    declared = stand.create("editing", [build("Check", "before")], [APPROVE])
    stand.rest("editing")
    token = stand.token("editing")
    stand.client.update_pipeline(pipeline={**declared, "executionMode": "SUPERSEDED"})
    assert stand.rest("editing")[0]["status"] == "Cancelled"
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        stand.decide("editing", "Approved", token)


def test_a_stopped_execution_goes_no_further(stand: Stand) -> None:
    stand.project("early", "true")
    stand.create("stopping", [build("Check", "early")], [APPROVE], [build("Late", "early")])
    (found,) = stand.rest("stopping")
    stop = {"pipelineName": "stopping", "pipelineExecutionId": found["pipelineExecutionId"]}
    stand.client.stop_pipeline_execution(**stop, abandon=True, reason="enough")
    (found,) = stand.rest("stopping")
    assert (found["status"], found["stopTrigger"]) == ("Stopped", {"reason": "enough"})
    assert stand.actions("stopping")["Approve"]["status"] == "Abandoned"
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        stand.client.stop_pipeline_execution(**stop)


def test_a_source_that_is_not_there_fails_and_is_told_as_an_event(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(stand.emulator.context, "events", lambda **event: told.append(event))
    stand.project("unreached", "true")
    stand.s3.delete_object(Bucket="store", Key="source.zip")
    stand.create("sourceless", [build("Check", "unreached")])
    assert stand.rest("sourceless")[0]["status"] == "Failed"
    kinds = [(event["detail_type"].split()[1], event["detail"]["state"]) for event in told]
    assert kinds == [
        ("Pipeline", "STARTED"),
        ("Stage", "STARTED"),
        ("Action", "STARTED"),
        ("Action", "FAILED"),
        ("Stage", "FAILED"),
        ("Pipeline", "FAILED"),
    ]
    assert {event["detail"]["pipeline"] for event in told} == {"sourceless"}


def no_connection(stages: list[dict[str, Any]]) -> None:
    stages[0]["actions"][0]["actionTypeId"]["provider"] = "CodeStarSourceConnection"


def no_polling(stages: list[dict[str, Any]]) -> None:
    stages[0]["actions"][0]["configuration"]["PollForSourceChanges"] = "true"


def no_function(stages: list[dict[str, Any]]) -> None:
    stages[1]["actions"][0] |= action("Call", "Invoke", "Lambda")


def no_rollback(stages: list[dict[str, Any]]) -> None:
    stages[1]["onFailure"] = {"result": "ROLLBACK"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (no_connection, "a connection leads to a repository elsewhere"),
        (no_polling, "PollForSourceChanges must be false"),
        (no_function, "Invoke/Lambda is not emulated"),
        (no_rollback, "onFailure of stage stage-1 is not emulated"),
    ],
)
def test_what_is_not_emulated_is_kept_but_never_started(
    stand: Stand, change: Callable[[list[dict[str, Any]]], None], reason: str
) -> None:
    name = change.__name__
    stand.project(name, "true")
    stand.source(code="")
    declared = stand.create(f"{name}-base", [build("Check", name)])
    stand.rest(f"{name}-base")
    stages = json.loads(json.dumps(declared["stages"]))
    change(stages)
    stand.client.create_pipeline(pipeline={**declared, "name": name, "stages": stages})
    with pytest.raises(ClientError, match=reason):
        stand.client.start_pipeline_execution(name=name)
    assert stand.rest(name) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "not authorized to perform"),
        ({"stages": []}, "minimum of 2 stages"),
    ],
)
def test_a_structure_that_aws_refuses_is_refused(
    stand: Stand, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        stand.create("refused", [APPROVE], **change)
    with pytest.raises(ClientError, match="input artifact other must be an earlier action's"):
        stand.create("refused", [build("Check", "nothing", inputs=["other"])])


def test_a_build_of_a_pipeline_cannot_be_started_beside_it(stand: Stand) -> None:
    stand.project("alone", "true")
    with pytest.raises(ClientError, match="must be started by CodePipeline"):
        stand.emulator.context.client("codebuild", REGION).start_build(projectName="alone")


def test_an_object_that_arrives_starts_the_pipeline_that_a_rule_names(stand: Stand) -> None:
    stand.project("arrived", "true")
    stand.source(code="")
    stand.create("arriving", [build("Check", "arrived")])
    stand.rest("arriving")
    stand.s3.put_bucket_notification_configuration(
        Bucket="store", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = stand.emulator.context.client("events", REGION)
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": ["source.zip"]}}}
    events.put_rule(Name="arrival", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:codepipeline:{REGION}:123456789012:arriving"
    events.put_targets(Rule="arrival", Targets=[{"Id": "1", "Arn": arn, "RoleArn": stand.role}])
    version = stand.source(code="print('new')")
    newest = stand.rest("arriving")[0]
    assert newest["status"] == "Succeeded"
    assert newest["sourceRevisions"][0]["revisionId"] == version
