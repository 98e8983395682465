"""Amazon SNS: topics, their policies and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from infra.resources._attributes import changed_attributes, from_attributes, to_attributes
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_TOPIC: Final = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_SUBSCRIPTION: Final = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_POLICY: Final = {"policy": "Policy"}


class _WithAttributes(Row):
    """A type whose settings are attributes, set one call each."""

    names: ClassVar[Mapping[str, str]] = {}
    set_op = ""
    target = ""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return every attribute."""
        held: Mapping[str, Any] = self.call(aws, str(self.read_op), self._key(outputs))[
            "Attributes"
        ]
        return held

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the attributes, each as typed as it was declared."""
        return super().finish(aws, from_attributes(held, outputs, self.names), held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Set what changed, one attribute a call."""
        for name, text in sorted(changed_attributes(old, new, self.names).items()):
            self.set_attribute(aws, resource_id, name, text)
        return super().update(aws, resource_id, old, new)

    def set_attribute(self, aws: Clients, resource_id: str, name: str, text: str) -> None:
        """Set one attribute."""
        self.call(
            aws,
            self.set_op,
            {self.target: resource_id, "AttributeName": name, "AttributeValue": text},
        )


class _Topic(_WithAttributes):
    """``aws:sns/topic:Topic``; its id is the ARN."""

    names: ClassVar[Mapping[str, str]] = _TOPIC
    set_op = "SetTopicAttributes"
    target = "TopicArn"

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters, a false ``FifoTopic`` left out: SNS refuses it."""
        wanted = {key: value for key, value in inputs.items() if key != "fifoTopic" or value}
        parameters = super().parameters(operation_name, {"tags": inputs.get("tags") or {}})
        return {
            "Name": inputs["name"],
            "Attributes": to_attributes(wanted, _TOPIC),
            **parameters,
        }


class _Subscription(_WithAttributes):
    """``aws:sns/topicSubscription:TopicSubscription``; its id is the ARN."""

    names: ClassVar[Mapping[str, str]] = _SUBSCRIPTION
    set_op = "SetSubscriptionAttributes"
    target = "SubscriptionArn"

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:  # noqa: ARG002 - one operation
        """Return the subscription, its ARN asked for at once."""
        return {
            "TopicArn": inputs["topic"],
            "Protocol": inputs["protocol"],
            "Endpoint": inputs["endpoint"],
            "Attributes": to_attributes(inputs, _SUBSCRIPTION),
            "ReturnSubscriptionArn": True,
        }


class _TopicPolicy(_WithAttributes):
    """``aws:sns/topicPolicy:TopicPolicy``: one attribute of a topic; its id is the topic's ARN."""

    names: ClassVar[Mapping[str, str]] = _POLICY
    set_op = "SetTopicAttributes"
    target = "TopicArn"

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the call that sets the policy."""
        told = {"AttributeName": "Policy", "AttributeValue": inputs["policy"]}
        yield self.set_op, {self.target: inputs["arn"], **told}

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Set the policy."""
        arn = str(inputs["arn"])
        self.set_attribute(aws, arn, "Policy", inputs["policy"])
        outputs = {**inputs, "owner": arn.split(":")[4]}
        return self.read(aws, arn, outputs) or Created(id=arn, outputs=outputs)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Set the policy that every topic begins with: its owner may do everything."""
        try:
            self.set_attribute(aws, resource_id, "Policy", _owners_policy(resource_id))
        except ClientError as error:
            if not self.is_gone(error):
                raise


def _owners_policy(topic_arn: str) -> str:
    owner = topic_arn.split(":")[4]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "SNS:GetTopicAttributes",
            "SNS:SetTopicAttributes",
            "SNS:AddPermission",
            "SNS:RemovePermission",
            "SNS:DeleteTopic",
            "SNS:Subscribe",
            "SNS:ListSubscriptionsByTopic",
            "SNS:Publish",
        ],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    return json.dumps(
        {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    )


TYPES: Final = (
    _Topic(
        token="aws:sns/topic:Topic",
        source="internal/service/sns/topic.go",
        service="sns",
        create_op="CreateTopic",
        read_op="GetTopicAttributes",
        delete_op="DeleteTopic",
        key={"TopicArn": "arn"},
        id="arn",
        autoname=AutoName("name", maximum=256),
        computed={"arn": "TopicArn", "owner": "Owner"},
        extra=frozenset(_TOPIC),
        replace_on=frozenset({"name", "namePrefix", "fifoTopic"}),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", target="ResourceArn"
        ),
    ),
    _TopicPolicy(
        token="aws:sns/topicPolicy:TopicPolicy",
        source="internal/service/sns/topic_policy.go",
        service="sns",
        create_op="SetTopicAttributes",
        read_op="GetTopicAttributes",
        delete_op="SetTopicAttributes",
        key={"TopicArn": "arn"},
        id="arn",
        extra=frozenset({"arn", "policy"}),
        required=("arn", "policy"),
        replace_on=frozenset({"arn"}),
    ),
    _Subscription(
        token="aws:sns/topicSubscription:TopicSubscription",
        source="internal/service/sns/topic_subscription.go",
        service="sns",
        create_op="Subscribe",
        read_op="GetSubscriptionAttributes",
        delete_op="Unsubscribe",
        key={"SubscriptionArn": "arn"},
        id="arn",
        computed={"arn": "SubscriptionArn", "ownerId": "Owner"},
        extra=frozenset(
            {
                *_SUBSCRIPTION,
                "topic",
                "endpointAutoConfirms",
                "confirmationTimeoutInMinutes",
            }
        ),
        required=("topic", "protocol", "endpoint"),
        replace_on=frozenset({"topic", "protocol", "endpoint"}),
    ),
)
