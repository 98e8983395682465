"""Where alarms go: two topics, by how soon somebody must look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components._iam_operations import publish_alarms
from components._place import here
from components._tags import stamp
from components._topic import announcing_topic

Protocol = Literal["email", "email-json", "https", "sqs", "lambda"]
ADDRESS: Final = {"https": "https://", "sqs": "arn:", "lambda": "arn:"}
"""What an endpoint of each protocol starts with; a mail address holds an ``@``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """One subscription of a topic; mail and HTTPS are confirmed by whoever receives.

    Raises:
        ValueError: the endpoint is none of its protocol.
    """

    protocol: Protocol
    endpoint: str
    """Mail address, HTTPS URL (PagerDuty, Opsgenie, a chat's webhook), or ARN."""

    def __post_init__(self) -> None:
        start = ADDRESS.get(self.protocol)
        fits = "@" in self.endpoint if start is None else self.endpoint.startswith(start)
        if not fits:
            wanted = "a mail address" if start is None else f"an endpoint that starts with {start}"
            raise ValueError(f"endpoint of {self.protocol} must be {wanted}, got {self.endpoint!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRoutesArgs:
    """Inputs of :class:`AlertRoutes`."""

    key_arn: pulumi.Input[str]
    """Customer key of the topics; its policy must let CloudWatch and Budgets use it."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    urgent: Sequence[Destination] = ()
    """Who is told at once."""
    notice: Sequence[Destination] = ()
    """Who is told of what can wait."""


class AlertRoutes(pulumi.ComponentResource):
    """Two encrypted topics that this account's alarms and budgets may publish to.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    urgent_arn: pulumi.Output[str]
    notice_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: AlertRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:AlertRoutes", name, {}, opts)
        tags = stamp(args.tags, component=name)
        self.urgent_arn = self._topic(f"{name}-urgent", args.urgent, args, tags)
        self.notice_arn = self._topic(f"{name}-notice", args.notice, args, tags)
        self.register_outputs({"urgent_arn": self.urgent_arn, "notice_arn": self.notice_arn})

    def _topic(
        self,
        name: str,
        destinations: Sequence[Destination],
        args: AlertRoutesArgs,
        tags: Mapping[str, str],
    ) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        topic = announcing_topic(name, key_arn=args.key_arn, tags=tags, parent=self)
        aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=pulumi.Output.all(topic.arn, here()).apply(lambda both: publish_alarms(*both)),
            opts=child,
        )
        for number, destination in enumerate(destinations, 1):
            aws.sns.TopicSubscription(
                f"{name}-{number}",
                topic=topic.arn,
                protocol=destination.protocol,
                endpoint=destination.endpoint,
                opts=child,
            )
        return topic.arn
