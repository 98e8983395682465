"""AWS Lambda: functions, aliases, permissions and event sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.graph.assets import is_asset, opened
from infra.graph.model import UNKNOWN
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_CODE: Final = frozenset({"code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion"})
_NOT_SENT: Final = frozenset(
    {*_CODE, "reservedConcurrentExecutions", "skipDestroy", "sourceCodeHash", "publish"}
)
_UNRESERVED: Final = -1
"""pulumi-aws's word for: no concurrency reserved."""


class _Function(Row):
    """``aws:lambda/function:Function``; its id is the name."""

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs with defaults and the autoname.

        Raises:
            InputError: the code comes from nowhere, or from more than one place.
        """
        sources = [key for key in ("code", "imageUri", "s3Bucket") if inputs.get(key) is not None]
        if len(sources) != 1:
            raise InputError(
                f"{self.token} {name!r}: code, imageUri or s3Bucket must be given, got {sources}"
            )
        return super().check(name, inputs, old)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters; the code, zipped, where the operation takes it."""
        sent = {key: value for key, value in inputs.items() if key not in _NOT_SENT}
        parameters = super().parameters(operation_name, sent)
        if operation_name == "CreateFunction":
            parameters |= {"Code": _code(inputs), "Publish": bool(inputs.get("publish"))}
        return parameters

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Wait until it can be invoked, and reserve its concurrency."""
        aws("lambda").get_waiter("function_active_v2").wait(FunctionName=created.id)
        self._reserve(aws, created.id, {}, inputs)
        super().after_create(aws, created, inputs)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the configuration, with the reserved concurrency beside it."""
        answer = self.call(aws, "GetFunction", {"FunctionName": outputs["name"]})
        return {**answer["Configuration"], "Reserved": answer.get("Concurrency", {})}

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the ARNs under which API Gateway and others invoke it."""
        outputs = super().finish(aws, outputs, held)
        if "reservedConcurrentExecutions" in outputs:
            reserved = held["Reserved"].get("ReservedConcurrentExecutions", _UNRESERVED)
            outputs["reservedConcurrentExecutions"] = reserved
        arn = outputs["arn"].removesuffix(f":{outputs['version']}")
        qualified = f"{arn}:{outputs['version']}"
        return {
            **outputs,
            "arn": arn,
            "qualifiedArn": qualified,
            "invokeArn": _invoke_arn(aws, arn),
            "qualifiedInvokeArn": _invoke_arn(aws, qualified),
            "responseStreamingInvokeArn": _invoke_arn(aws, arn, "response-streaming-invocations"),
        }

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update the configuration, the code, the reserved concurrency and the tags."""
        if _code_changed(old, new):
            code = {"FunctionName": resource_id, **_code(new)}
            self.call(aws, "UpdateFunctionCode", {**code, "Publish": bool(new.get("publish"))})
            aws("lambda").get_waiter("function_updated_v2").wait(FunctionName=resource_id)
        self._reserve(aws, resource_id, old, new)
        settled = {key: new[key] for key in _NOT_SENT & new.keys()}
        kept = {key: value for key, value in old.items() if key not in _NOT_SENT}
        return super().update(aws, resource_id, {**kept, **settled}, new)

    @staticmethod
    def _reserve(aws: Clients, name: str, old: Properties, new: Properties) -> None:
        before = old.get("reservedConcurrentExecutions", _UNRESERVED)
        after = new.get("reservedConcurrentExecutions", _UNRESERVED)
        if before == after:
            return
        if after == _UNRESERVED:
            aws("lambda").delete_function_concurrency(FunctionName=name)
        else:
            aws("lambda").put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=after
            )


class _Permission(Row):
    """``aws:lambda/permission:Permission``: one statement of a function's policy."""

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the statement as it was declared: a changed one would have another id."""
        try:
            policy = self.call(aws, "GetPolicy", self._function(outputs))["Policy"]
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        ids = {statement.get("Sid") for statement in json.loads(policy)["Statement"]}
        if outputs["statementId"] not in ids:
            return None
        return Created(id=resource_id, outputs=dict(outputs))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Remove the statement."""
        parameters = {**self._function(outputs), "StatementId": resource_id}
        try:
            self.call(aws, self.delete_op, parameters)
        except ClientError as error:
            if not self.is_gone(error):
                raise

    @staticmethod
    def _function(outputs: Properties) -> dict[str, Any]:
        qualifier = {"Qualifier": outputs["qualifier"]} if outputs.get("qualifier") else {}
        return {"FunctionName": outputs["function"], **qualifier}


class _Alias(Row):
    """``aws:lambda/alias:Alias``; its id is the ARN."""

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the ARN under which API Gateway invokes it."""
        outputs = super().finish(aws, outputs, held)
        return {**outputs, "invokeArn": _invoke_arn(aws, outputs["arn"])}


def _code(inputs: Properties) -> dict[str, Any]:
    if inputs.get("imageUri"):
        return {"ImageUri": inputs["imageUri"]}
    if inputs.get("s3Bucket"):
        version = inputs.get("s3ObjectVersion")
        held = {"S3Bucket": inputs["s3Bucket"], "S3Key": inputs["s3Key"]}
        return {**held, "S3ObjectVersion": version} if version else held
    if inputs["code"] is UNKNOWN or not is_asset(inputs["code"]):
        raise InputError(f"code must be an archive, got {inputs['code']!r}")
    return {"ZipFile": opened(inputs["code"]).read()}


def _code_changed(old: Properties, new: Properties) -> bool:
    if "code" in new and "code" in old:
        before, after = old["code"].get("hash"), new["code"].get("hash")
        if before and after:
            return bool(before != after)
    return any(old.get(key) != new.get(key) for key in {*_CODE, "sourceCodeHash"})


def _invoke_arn(aws: Clients, arn: str, verb: str = "invocations") -> str:
    partition, date = arn.split(":")[1], "2021-11-15" if "streaming" in verb else "2015-03-31"
    return f"arn:{partition}:apigateway:{aws.region}:lambda:path/{date}/functions/{arn}/{verb}"


TYPES: Final = (
    _Function(
        token="aws:lambda/function:Function",
        source="internal/service/lambda/function.go",
        service="lambda",
        create_op="CreateFunction",
        read_op="GetFunction",
        read_path="Configuration",
        update_op="UpdateFunctionConfiguration",
        delete_op="DeleteFunction",
        key={"FunctionName": "name"},
        id="name",
        autoname=AutoName("name", maximum=64),
        renames={"name": "FunctionName"},
        computed={
            "arn": "FunctionArn",
            "codeSha256": "CodeSha256",
            "lastModified": "LastModified",
            "sourceCodeSize": "CodeSize",
            "version": "Version",
        },
        defaults={
            "memorySize": 128,
            "packageType": "Zip",
            "publish": False,
            "reservedConcurrentExecutions": _UNRESERVED,
            "timeout": 3,
        },
        extra=_NOT_SENT,
        required=("role",),
        replace_on=frozenset({"name", "packageType", "tenancyConfig"}),
        tagging=Tagging("TagResource", "UntagResource", "ListTags", target="Resource"),
    ),
    _Permission(
        token="aws:lambda/permission:Permission",
        source="internal/service/lambda/permission.go",
        service="lambda",
        create_op="AddPermission",
        read_op="GetPolicy",
        delete_op="RemovePermission",
        key={},
        id="statementId",
        autoname=AutoName("statementId", maximum=100),
        renames={"function": "FunctionName"},
        required=("action", "function", "principal"),
        replace_on=frozenset(
            {
                "action",
                "eventSourceToken",
                "function",
                "functionUrlAuthType",
                "invokedViaFunctionUrl",
                "principal",
                "principalOrgId",
                "qualifier",
                "sourceAccount",
                "sourceArn",
                "statementId",
                "statementIdPrefix",
            }
        ),
    ),
    _Alias(
        token="aws:lambda/alias:Alias",
        source="internal/service/lambda/alias.go",
        service="lambda",
        create_op="CreateAlias",
        read_op="GetAlias",
        update_op="UpdateAlias",
        delete_op="DeleteAlias",
        key={"FunctionName": "functionName", "Name": "name"},
        id="arn",
        autoname=AutoName("name", maximum=128),
        computed={"arn": "AliasArn"},
        required=("functionName", "functionVersion"),
        replace_on=frozenset({"functionName", "name"}),
    ),
    Row(
        token="aws:lambda/eventSourceMapping:EventSourceMapping",
        source="internal/service/lambda/event_source_mapping.go",
        service="lambda",
        create_op="CreateEventSourceMapping",
        read_op="GetEventSourceMapping",
        update_op="UpdateEventSourceMapping",
        delete_op="DeleteEventSourceMapping",
        key={"UUID": "uuid"},
        id="uuid",
        computed={
            "arn": "EventSourceMappingArn",
            "uuid": "UUID",
            "functionArn": "FunctionArn",
            "state": "State",
        },
        renames={"destinationConfig.onFailure.destinationArn": "Destination"},
        tagging=Tagging("TagResource", "UntagResource", "ListTags", target="Resource"),
        required=("functionName",),
        replace_on=frozenset(
            {
                "amazonManagedKafkaEventSourceConfig",
                "eventSourceArn",
                "queues",
                "selfManagedEventSource",
                "selfManagedKafkaEventSourceConfig",
                "startingPosition",
                "startingPositionTimestamp",
                "topics",
            }
        ),
    ),
)
