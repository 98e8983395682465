"""Hands a schedule's input to its target, as the schedule's role."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import botocore.exceptions
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError, from_boto

SDK = re.compile(r"arn:aws[\w-]*:scheduler:::aws-sdk:([a-z0-9-]+):(\w+)")
READS = ("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read")
"""Universal targets do not take operations that only read: their names begin so."""


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation of a target."""

    target: Mapping[str, Any]
    schedule_arn: str
    scheduled_time: datetime
    execution_id: str
    attempt: int

    @property
    def region(self) -> str:
        """Region of the schedule."""
        return self.schedule_arn.split(":")[3]

    def text(self) -> str:
        """Return the target's input with the context attributes filled in."""
        values = {
            "schedule-arn": self.schedule_arn,
            "scheduled-time": f"{self.scheduled_time:%Y-%m-%dT%H:%M:%SZ}",
            "execution-id": self.execution_id,
            "attempt-number": str(self.attempt),
        }
        text = str(self.target.get("Input") or "{}")
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text


def check(target: Mapping[str, Any]) -> None:
    """Refuse what ``CreateSchedule`` refuses of a target.

    Raises:
        ValueError: the ARN names nothing that can be called, or the input is not JSON where it
            must be.
    """
    arn = str(target.get("Arn"))
    if (universal := SDK.fullmatch(arn)) is None:
        if _service(arn) not in _HANDLERS:
            raise ValueError(f"Provided Arn is not emulated as a target of schedules: {arn}")
        return
    service, operation = universal[1], universal[2]
    if operation.lower().startswith(READS):
        raise ValueError(f"The operation {operation} of {service} only reads; not a valid target")
    _operation(service, operation)
    try:
        given = json.loads(target.get("Input") or "{}")
    except ValueError as error:
        raise ValueError(f"Input of a universal target must be JSON: {error}") from error
    if not isinstance(given, dict):
        raise ValueError(f"Input of a universal target must be a JSON object, got {given!r}")  # noqa: TRY004 - a value of the request


def deliver(context: Context, call: Call) -> None:
    """Call the target.

    Raises:
        DeliveryError: it refused, is not there, or the input does not fit.
    """
    arn = str(call.target["Arn"])
    try:
        if universal := SDK.fullmatch(arn):
            _universal(context, call, universal[1], universal[2])
        else:
            _HANDLERS[_service(arn)](context, call, arn)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        if isinstance(error, botocore.exceptions.ParamValidationError):
            raise DeliveryError("InvalidParameter", str(error)) from error
        raise from_boto(error) from error
    except ValueError as error:
        raise DeliveryError("InvalidParameter", str(error)) from error


def queue_url(context: Context, arn: str) -> str:
    """Return the URL of a queue; asking SQS would need a permission that the role may not have."""
    account_id, name = arn.split(":")[4:6]
    return f"{context.endpoint_url}/{account_id}/{name}"


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else ""  # noqa: PLR2004 - an ARN has six parts


def _client(context: Context, call: Call, service: str) -> Any:
    return context.client(service, call.region, role_arn=call.target["RoleArn"])


@functools.cache
def _operation(service: str, operation: str) -> tuple[str, StructureShape | None]:
    """Return the operation's own name and the shape of its request.

    Raises:
        ValueError: AWS has no such service or operation.
    """
    loader = Loader()
    loader.search_paths.append(Loader.BUILTIN_DATA_PATH)
    try:
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
    except botocore.exceptions.UnknownServiceError as error:
        raise ValueError(f"The service {service} is not a service of AWS") from error
    for name in model.operation_names:
        if name.lower() == operation.lower():
            return name, model.operation_model(name).input_shape
    raise ValueError(f"The service {service} has no operation {operation}")


def _universal(context: Context, call: Call, service: str, operation: str) -> None:
    name, shape = _operation(service, operation)
    given = json.loads(call.text())
    arguments = _spelled(given, shape) if shape else {}
    getattr(_client(context, call, service), xform_name(name))(**arguments)


def _spelled(value: Any, shape: Shape) -> Any:
    """Return the value with member names as the service spells them: schedules capitalise all."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        spelled = {names.get(name.lower(), name): part for name, part in value.items()}
        return {
            name: _spelled(part, shape.members[name]) if name in shape.members else part
            for name, part in spelled.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_spelled(part, shape.member) for part in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: _spelled(part, shape.value) for name, part in value.items()}
    return value


def _function(context: Context, call: Call, arn: str) -> None:
    client = _client(context, call, "lambda")
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=call.text().encode())


def _queue(context: Context, call: Call, arn: str) -> None:
    client = _client(context, call, "sqs")
    group = (call.target.get("SqsParameters") or {}).get("MessageGroupId")
    extra = {"MessageGroupId": group} if group else {}
    client.send_message(QueueUrl=queue_url(context, arn), MessageBody=call.text(), **extra)


def _topic(context: Context, call: Call, arn: str) -> None:
    _client(context, call, "sns").publish(TopicArn=arn, Message=call.text())


def _bus(context: Context, call: Call, arn: str) -> None:
    settings = call.target.get("EventBridgeParameters") or {}
    entry = {
        "Source": settings["Source"],
        "DetailType": settings["DetailType"],
        "Detail": call.text(),
        "EventBusName": arn,
    }
    [answer] = _client(context, call, "events").put_events(Entries=[entry])["Entries"]
    if "ErrorCode" in answer:
        raise DeliveryError(answer["ErrorCode"], answer["ErrorMessage"])


def _pipeline(context: Context, call: Call, arn: str) -> None:
    settings = call.target.get("SageMakerPipelineParameters") or {}
    _client(context, call, "sagemaker").start_pipeline_execution(
        PipelineName=arn.rsplit("/", 1)[-1],
        PipelineParameters=settings.get("PipelineParameterList") or [],
        ClientRequestToken=str(uuid.uuid5(uuid.NAMESPACE_URL, call.execution_id)),
    )


def _build(context: Context, call: Call, arn: str) -> None:
    _client(context, call, "codebuild").start_build(projectName=arn.rsplit("/", 1)[-1])


_HANDLERS: dict[str, Callable[[Context, Call, str], None]] = {
    "lambda": _function,
    "sqs": _queue,
    "sns": _topic,
    "events": _bus,
    "sagemaker": _pipeline,
    "codebuild": _build,
}
