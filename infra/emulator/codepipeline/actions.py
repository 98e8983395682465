"""What each kind of action does, as the role of the action or else of its pipeline."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.handover import Handover
from infra.emulator.codepipeline.artifacts import ActionError, encryption, place, read, resolved
from infra.emulator.codepipeline.execution import ActionRun, Execution
from infra.emulator.codepipeline.structure import SERVICE, kind
from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.topics import publish

APPROVAL_TIMEOUT: Final = timedelta(days=7)
"""AWS's, unless the action says otherwise."""

Done = Callable[[str, str | None], None]
"""Called once with the action's last status and, where it failed, why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """An action to be done."""

    context: Context
    region: str
    execution: Execution
    run: ActionRun
    done: Done

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's
        """Return a client as the action's role."""
        role = self.run.action.get("roleArn") or self.execution.pipeline["roleArn"]
        return self.context.client(service, self.region, role_arn=role)

    def arn(self) -> str:
        """Return the pipeline's."""
        name = self.execution.name
        return f"arn:aws:codepipeline:{self.region}:{self.context.account_id}:{name}"


def begin(act: Act) -> None:
    """Do an action, or begin it; ``act.done`` is called when it has ended."""
    declared = act.run.action.get("configuration") or {}
    try:
        act.run.configuration = resolved(declared, act.execution.namespaces())
        for one in act.run.action.get("inputArtifacts") or ():
            act.run.inputs[one["name"]] = act.execution.artifacts[one["name"]]
        _KINDS[kind(act.run.action)](act)
    except (ActionError, BotoCoreError, ClientError, DeliveryError) as error:
        act.done("Failed", str(error))
    except (HTTPException, ServiceException) as error:  # moto's
        act.done("Failed", str(error))


def _source(act: Act) -> None:
    wanted, run = act.run.configuration, act.run
    bucket, key = wanted["S3Bucket"], wanted["S3ObjectKey"]
    s3 = act.client("s3")
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        raise ActionError(f"bucket {bucket} must be versioned, to be a source")
    asked = act.execution.revisions.get(run.name)
    found = s3.get_object(Bucket=bucket, Key=key, **({"VersionId": asked} if asked else {}))
    body, version = found["Body"].read(), found["VersionId"]
    if not zipfile.is_zipfile(io.BytesIO(body)):
        raise ActionError(f"{bucket}/{key} must be a zip archive, got {len(body)} other bytes")
    run.variables = {
        "BucketName": bucket,
        "ETag": found["ETag"],
        "ObjectKey": key,
        "VersionId": version,
    }
    run.external_id = version
    _store(act, body)
    for artifact in run.outputs:
        act.execution.revised[artifact] = {
            "name": artifact,
            "revisionId": version,
            "created": found["LastModified"].timestamp(),
            "actionName": run.name,
        }
    act.done("Succeeded", None)


def _build(act: Act) -> None:
    wanted, run = act.run.configuration, act.run
    outputs = [one["name"] for one in run.action.get("outputArtifacts") or ()]
    primary = wanted.get("PrimarySource") or next(iter(run.inputs))
    if outputs:
        run.outputs[outputs[0]] = place(act.execution, outputs[0])
    revision = act.execution.revised.get(primary, {}).get("revisionId")
    overrides: dict[str, Any] = {"sourceVersion": revision} if revision else {}
    if variables := wanted.get("EnvironmentVariables"):
        overrides["environmentVariablesOverride"] = json.loads(variables)
    build = act.context.builds.start(
        wanted["ProjectName"],
        overrides,
        act.region,
        initiator=f"codepipeline/{act.execution.name}",
        handover=Handover(
            inputs=run.inputs,
            primary=primary,
            output=run.outputs[outputs[0]] if outputs else None,
            encryption=encryption(act.execution),
            ended=partial(_built, act),
        ),
    )
    run.external_id = build.id


def _built(act: Act, build: Build) -> None:
    act.run.external_id = build.id
    act.run.variables = dict(build.exported)
    if build.status == "SUCCEEDED":
        act.done("Succeeded", None)
        return
    contexts = [context["message"] for phase in build.phases for context in phase.contexts]
    act.done("Failed", f"Build {build.status.lower()}: {'; '.join(contexts)}")


def _approval(act: Act) -> None:
    wanted, run = act.run.configuration, act.run
    run.token = str(uuid.uuid4())
    minutes = run.action.get("timeoutInMinutes")
    until = act.context.clock.now() + (timedelta(minutes=minutes) if minutes else APPROVAL_TIMEOUT)
    if topic := wanted.get("NotificationArn"):
        link = f"https://console.aws.amazon.com/codepipeline/home?region={act.region}#/view"
        where = f"{act.execution.name}/{run.stage}/{run.name}"
        told = {
            "region": act.region,
            "consoleLink": f"{link}/{act.execution.name}",
            "approval": {
                "pipelineName": act.execution.name,
                "stageName": run.stage,
                "actionName": run.name,
                "token": run.token,
                "expires": f"{until:%Y-%m-%dT%H:%MZ}",
                "externalEntityLink": wanted.get("ExternalEntityLink"),
                "approvalReviewLink": f"{link}/{where}/approve/{run.token}",
                "customData": wanted.get("CustomData"),
            },
        }
        publish(
            act.context,
            topic,
            json.dumps(told),
            service=SERVICE,
            source_arn=act.arn(),
            subject=f"APPROVAL NEEDED: AWS CodePipeline {act.execution.name}"[:100],
            trusted=True,  # by the role
        )

    def expire(_: object) -> None:
        if run.status == "InProgress":
            act.done("Failed", "Failure: the approval was not given in time")

    act.context.clock.call_at(until, expire, name=f"approval of {act.execution.name} expires")


def _deploy(act: Act) -> None:
    wanted = act.run.configuration
    s3 = act.client("s3")
    body = read(s3, next(iter(act.run.inputs.values())))
    key = wanted.get("KMSEncryptionKeyARN")
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    put = partial(s3.put_object, Bucket=wanted["BucketName"], **sealed)
    prefix = wanted.get("ObjectKey", "")
    if wanted.get("Extract", "true").lower() == "false":
        put(Key=prefix, Body=body)
    else:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                put(Key=f"{prefix}/{name}".lstrip("/"), Body=archive.read(name))
    act.done("Succeeded", None)


def _store(act: Act, body: bytes) -> None:
    for one in act.run.action.get("outputArtifacts") or ():
        at = place(act.execution, one["name"])
        where = {"Bucket": at.bucket, "Key": at.key}
        act.client("s3").put_object(**where, Body=body, **encryption(act.execution))
        act.run.outputs[one["name"]] = at


_KINDS: Final[dict[tuple[str, str], Callable[[Act], None]]] = {
    ("Source", "S3"): _source,
    ("Build", "CodeBuild"): _build,
    ("Test", "CodeBuild"): _build,
    ("Approval", "Manual"): _approval,
    ("Deploy", "S3"): _deploy,
}
