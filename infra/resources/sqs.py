"""Amazon SQS: queues and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.resources._attributes import changed_attributes, from_attributes, to_attributes
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_GONE: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})

_ATTRIBUTES: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


class _Queue(Row):
    """``aws:sqs/queue:Queue``; its id is the URL."""

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs with the autoname, which ends in ``.fifo`` for a FIFO queue."""
        checked = super().check(name, inputs, old)
        fifo = checked.get("fifoQueue") is True
        if fifo and "name" not in inputs:
            named = AutoName("name", maximum=80, suffix=".fifo").given(name, old)
            checked["name"] = named
        if fifo and not str(checked["name"]).endswith(".fifo"):
            raise InputError(f"{self.token} {name!r}: name must end in .fifo for a FIFO queue")
        return checked

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters, a false ``FifoQueue`` left out: SQS refuses it."""
        wanted = {key: value for key, value in inputs.items() if key != "fifoQueue" or value}
        parameters: dict[str, Any] = {"Attributes": to_attributes(wanted, _ATTRIBUTES)}
        if operation_name == "CreateQueue":
            parameters |= {"QueueName": inputs["name"], "tags": dict(inputs.get("tags") or {})}
        return parameters

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any]:
        """Return every attribute."""
        answer = self.call(
            aws, "GetQueueAttributes", {"QueueUrl": outputs["url"], "AttributeNames": ["All"]}
        )
        attributes: Mapping[str, Any] = answer["Attributes"]
        return attributes

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the attributes, each as typed as it was declared."""
        return super().finish(aws, from_attributes(held, outputs, _ATTRIBUTES), held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Set what changed."""
        if changed := changed_attributes(old, new, _ATTRIBUTES):
            self.call(aws, "SetQueueAttributes", {"QueueUrl": resource_id, "Attributes": changed})
        return super().update(aws, resource_id, old, new)


class _Policy(Row):
    """``aws:sqs/queuePolicy:QueuePolicy``: one attribute of a queue; its id is the queue's URL."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:  # noqa: ARG002 - one operation
        """Return the policy as the attribute it is."""
        return {"QueueUrl": inputs["queueUrl"], "Attributes": {"Policy": inputs["policy"]}}

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the policy; ``None`` where the queue has none."""
        answer = self.call(
            aws,
            "GetQueueAttributes",
            {"QueueUrl": outputs["queueUrl"], "AttributeNames": ["Policy"]},
        )
        held: Mapping[str, Any] = answer.get("Attributes", {})
        return held if held.get("Policy") else None

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the policy, in its declared spelling where it says the same."""
        return super().finish(aws, from_attributes(held, outputs, {"policy": "Policy"}), held)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Set the policy empty."""
        empty = {"QueueUrl": resource_id, "Attributes": {"Policy": ""}}
        try:
            self.call(aws, self.delete_op, empty)
        except ClientError as error:
            if not self.is_gone(error):
                raise


TYPES: Final = (
    _Queue(
        token="aws:sqs/queue:Queue",
        source="internal/service/sqs/queue.go",
        service="sqs",
        create_op="CreateQueue",
        read_op="GetQueueAttributes",
        delete_op="DeleteQueue",
        key={"QueueUrl": "url"},
        id="url",
        autoname=AutoName("name", maximum=80),
        computed={"url": "QueueUrl", "arn": "QueueArn"},
        extra=frozenset({*_ATTRIBUTES, "name"}),
        replace_on=frozenset({"name", "namePrefix", "fifoQueue"}),
        gone=_GONE,
        tagging=Tagging(
            "TagQueue",
            "UntagQueue",
            "ListQueueTags",
            target="QueueUrl",
            target_property="url",
        ),
    ),
    _Policy(
        token="aws:sqs/queuePolicy:QueuePolicy",
        source="internal/service/sqs/queue_policy.go",
        service="sqs",
        create_op="SetQueueAttributes",
        read_op="GetQueueAttributes",
        update_op="SetQueueAttributes",
        delete_op="SetQueueAttributes",
        key={"QueueUrl": "queueUrl"},
        id="queueUrl",
        extra=frozenset({"policy"}),
        required=("queueUrl", "policy"),
        replace_on=frozenset({"queueUrl"}),
        gone=_GONE,
    ),
)
