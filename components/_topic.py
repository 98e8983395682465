"""A topic on which a service announces what became of requests."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


def announcing_topic(
    name: str, *, key_arn: pulumi.Input[str], tags: Mapping[str, str], parent: pulumi.Resource
) -> aws.sns.Topic:
    """Declare an encrypted topic; SNS's own policy lets this account alone publish to it."""
    return aws.sns.Topic(
        name,
        kms_master_key_id=key_arn,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
