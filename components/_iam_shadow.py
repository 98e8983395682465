"""What decides on a shadow may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import allow, document, read_objects
from components._iam_functions import Surroundings, surroundings
from components._place import Place
from components._tags import owned


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowReach:
    """What is compared, and the versions that are decided on."""

    endpoint_name: str
    model_name_prefix: str
    """What the names of its models and configurations start with."""
    model_package_group: str
    decisions_table: str
    captures: str
    """``bucket/prefix`` of the endpoint's captured traffic."""
    labels: str
    """``bucket/prefix`` of the labels."""
    data_key_arns: Sequence[str]
    """Customer keys of both."""
    tags: Mapping[str, str]
    """Of the stack, which its models bear."""
    approves: bool
    """May set a version's approval, rather than recommend it."""


def judge(place: Place, around: Surroundings, reach: ShadowReach) -> str:
    """Allow comparing both variants, recording the decision and, if so decided, the approval."""
    behind = [
        place.arn("sagemaker", f"{kind}/{reach.model_name_prefix}*")
        for kind in ("endpoint-config", "model")
    ]
    versions = place.arn("sagemaker", f"model-package/{reach.model_package_group}/*")
    approval = {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}
    return document(
        *surroundings(place, around),
        allow(
            "sagemaker:DescribeEndpoint",
            "sagemaker:DescribeEndpointConfig",
            "sagemaker:DescribeModel",
            "sagemaker:ListTags",
            on=[place.arn("sagemaker", f"endpoint/{reach.endpoint_name}"), *behind],
            when=owned(reach.tags),
        ),
        allow("sagemaker:DescribeModelPackage", on=versions),
        *(
            (allow("sagemaker:UpdateModelPackage", on=versions, when={"StringEquals": approval}),)
            if reach.approves
            else ()
        ),
        allow(
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            on=place.arn("dynamodb", f"table/{reach.decisions_table}"),
        ),
        allow("cloudwatch:GetMetricData", on="*"),  # takes no resource
        *read_objects(place, reach.captures, reach.labels),
        allow("kms:Decrypt", on=list(reach.data_key_arns)),
    )
