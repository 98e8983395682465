"""Hands an event to one target of a rule, as EventBridge does for that kind of target."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import events_backends
from moto.logs.models import logs_backends

from infra.emulator.context import Context
from infra.emulator.events.transform import select
from infra.emulator.messaging.errors import DeliveryError, from_boto
from infra.emulator.messaging.functions import invoke
from infra.emulator.messaging.queues import send
from infra.emulator.messaging.topics import publish

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType

SERVICE = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event on its way to a target."""

    event: Mapping[str, Any]
    payload: str
    """What the target's input settings make of the event."""
    target: Mapping[str, Any]
    rule_arn: str
    publish: Callable[[str, str, dict[str, Any]], None]
    """Puts an event on a bus: region, bus name, event."""

    @property
    def arn(self) -> str:
        """The target."""
        return str(self.target["Arn"])

    @property
    def region(self) -> str:
        """The target's region, the event's where the ARN has none."""
        return self.arn.split(":")[3] or str(self.event["region"])

    @property
    def transformed(self) -> bool:
        """Whether the target asked for something else than the event itself."""
        return not self.target.keys().isdisjoint({"Input", "InputPath", "InputTransformer"})


def deliver(context: Context, parcel: Parcel) -> None:
    """Hand it over; asynchronous targets go on in the background.

    Raises:
        DeliveryError: the target refused, is not there, or is of a kind that is not emulated.
    """
    handler = _HANDLERS.get(_kind(parcel.arn))
    if handler is None:
        raise DeliveryError(
            "UNSUPPORTED_TARGET", f"targets like {parcel.arn} are not emulated; nothing was sent"
        )
    try:
        handler(context, parcel)
    except (ClientError, BotoCoreError) as error:
        raise from_boto(error) from error


def _kind(arn: str) -> str:
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    return f"{service}:{resource.split('/')[0].split(':')[0]}" if service in _SPLIT else service


def _to_function(context: Context, parcel: Parcel) -> None:
    invoke(context, parcel.arn, parcel.payload, service=SERVICE, source_arn=parcel.rule_arn)


def _to_topic(context: Context, parcel: Parcel) -> None:
    publish(context, parcel.arn, parcel.payload, service=SERVICE, source_arn=parcel.rule_arn)


def _to_queue(context: Context, parcel: Parcel) -> None:
    group_id = (parcel.target.get("SqsParameters") or {}).get("MessageGroupId")
    send(
        context,
        parcel.arn,
        parcel.payload,
        service=SERVICE,
        source_arn=parcel.rule_arn,
        group_id=group_id,
    )


def _to_pipeline(context: Context, parcel: Parcel) -> None:
    settings = (parcel.target.get("SageMakerPipelineParameters") or {}).get(
        "PipelineParameterList"
    ) or []
    parameters = [
        {"Name": one["Name"], "Value": _value(one["Value"], parcel.event)} for one in settings
    ]
    name = parcel.arn.rsplit("/", 1)[-1]
    # At-least-once delivery must not start a second execution for the same event.
    token = str(
        uuid.uuid5(uuid.NAMESPACE_URL, f"{parcel.rule_arn} {parcel.arn} {parcel.event['id']}")
    )
    _as_role(context, parcel, "sagemaker").start_pipeline_execution(
        PipelineName=name, PipelineParameters=parameters, ClientRequestToken=token
    )


def _value(setting: str, event: Mapping[str, Any]) -> str:
    if not setting.startswith("$."):
        return setting
    found = select(event, setting)
    return found if isinstance(found, str) else json.dumps(found)


def _to_build(context: Context, parcel: Parcel) -> None:
    client = _as_role(context, parcel, "codebuild")
    request: dict[str, Any] = {"projectName": parcel.arn.rsplit("/", 1)[-1]}
    if parcel.transformed:
        # A target's input may override what StartBuild takes; other keys are not its members.
        members = client.meta.service_model.operation_model("StartBuild").input_shape.members
        overrides = json.loads(parcel.payload)
        request |= {key: value for key, value in overrides.items() if key in members}
    client.start_build(**request)


def _to_delivery(context: Context, parcel: Parcel) -> None:
    """Start a pipeline of CodePipeline; its input may override sources and nothing else."""
    request: dict[str, Any] = {"name": parcel.arn.rsplit(":", 1)[-1]}
    if parcel.transformed:
        request |= json.loads(parcel.payload)
    _as_role(context, parcel, "codepipeline").start_pipeline_execution(**request)


def _as_role(context: Context, parcel: Parcel, service: str) -> Any:
    role_arn = parcel.target.get("RoleArn")
    if not role_arn:
        raise DeliveryError("NO_PERMISSIONS", f"target {parcel.arn} needs a role, got none")
    return context.client(service, parcel.region, role_arn=role_arn)


def _to_logs(context: Context, parcel: Parcel) -> None:
    backend = logs_backends[context.account_id][parcel.region]
    group = parcel.arn.split(":log-group:")[1].removesuffix(":*")
    if group not in backend.groups:
        raise DeliveryError("NO_RESOURCE", f"log group {group} does not exist")
    stream = str(uuid.uuid4())
    backend.create_log_stream(group, stream)
    now = int(context.clock.now().timestamp() * 1000)
    backend.put_log_events(group, stream, [{"timestamp": now, "message": parcel.payload}])


def _to_bus(context: Context, parcel: Parcel) -> None:
    name = parcel.arn.split(":event-bus/")[1]
    if name not in events_backends[context.account_id][parcel.region].event_buses:
        raise DeliveryError("NO_RESOURCE", f"event bus {parcel.arn} does not exist")
    parcel.publish(parcel.region, name, dict(parcel.event))


def _to_archive(context: Context, parcel: Parcel) -> None:
    backend = events_backends[context.account_id][str(parcel.event["region"])]
    reference = json.loads(parcel.payload)["archive-arn"].rsplit("/", 1)[-1]
    name, _, version = reference.partition(":")
    archive = backend.archives.get(name)
    if archive is not None and archive.uuid == version:
        archive.events.append(cast("EventMessageType", dict(parcel.event)))


_SPLIT = frozenset({"events", "logs", "sagemaker", "codebuild", "states"})
_HANDLERS: dict[str, Callable[[Context, Parcel], None]] = {
    "lambda": _to_function,
    "sns": _to_topic,
    "sqs": _to_queue,
    "sagemaker:pipeline": _to_pipeline,
    "codebuild:project": _to_build,
    "codepipeline": _to_delivery,
    "logs:log-group": _to_logs,
    "events:event-bus": _to_bus,
    "events:": _to_archive,
}
