"""IAM policy documents as plain functions of strings: no resources, no Outputs.

What the statements of all components are made of; their documents stand in ``_iam_*.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from components._place import Place

Statement = Mapping[str, object]
Condition = Mapping[str, Mapping[str, object]]


def path(stack: str) -> str:
    """Return the IAM path of a stack's roles that have no name of ours, and of its people."""
    return f"/mlops/{stack}/"


def dashboards(place: Place, stack: str) -> list[str]:
    """Return the ARNs of a stack's dashboards: the team's, and those of its models."""
    names = (stack, f"{stack}-*")
    return [place.global_arn("cloudwatch", f"dashboard/{name}") for name in names]


def allow(
    *actions: str, on: str | Sequence[str], when: Condition | None = None, sid: str | None = None
) -> Statement:
    """Allow ``actions`` on the ARNs ``on`` where the condition ``when`` holds."""
    return _statement("Allow", actions, on, when, sid, None)


def allow_principal(
    principal: Mapping[str, str],
    *actions: str,
    on: str | Sequence[str],
    when: Condition | None = None,
    sid: str | None = None,
) -> Statement:
    """Allow ``principal`` what a resource's own policy offers."""
    return _statement("Allow", actions, on, when, sid, principal)


def deny_everyone(*actions: str, on: str | Sequence[str], when: Condition, sid: str) -> Statement:
    """Deny ``actions`` to every principal where ``when`` holds."""
    # A denial narrows by its condition; a narrower principal would leave the others free.
    return _statement("Deny", actions, on, when, sid, {"AWS": "*"})


def deny(sid: str, *actions: str, when: Condition | None = None) -> Statement:
    """Deny ``actions`` wherever the condition ``when`` holds, as boundaries do."""
    return _statement("Deny", actions, "*", when, sid, None)  # as wide as can be


def document(*statements: Statement) -> str:
    """Return a policy document of ``statements``, byte for byte the same for the same ones."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def trust(service: str, place: Place) -> str:
    """Let ``service`` (for example ``sagemaker.amazonaws.com``) assume the role for this account.

    The condition keeps another account from making the service act with this role for it.
    """
    condition = {"StringEquals": {"aws:SourceAccount": place.account_id}}
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
        "Condition": condition,
    }
    return document(statement)


def trust_plainly(service: str) -> str:
    """Let ``service`` assume the role; for Lambda, which sends no source account."""
    return document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    )


def use_key(key_arn: str) -> Statement:
    """Allow reading and writing what the key encrypts."""
    return allow("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", on=key_arn)


def lend_key(key_arn: str) -> Statement:
    """Allow an AWS service to be granted the key for disks and stores that it encrypts."""
    return allow(
        "kms:CreateGrant", on=key_arn, when={"Bool": {"kms:GrantIsForAWSResource": "true"}}
    )


def write_logs(place: Place, *log_groups: str) -> Statement:
    """Allow writing streams of log groups that stand already."""
    groups = [place.arn("logs", f"log-group:{group}:*") for group in log_groups]
    return allow("logs:CreateLogStream", "logs:PutLogEvents", on=groups)


def write_job_logs(place: Place) -> Statement:
    """Allow the logs of jobs, which AWS keeps in one group of the account for each kind."""
    kinds = ("Processing", "Training", "Transform")
    return allow(
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        # Streams are named after the job, jobs after the execution; a tuned one after its search.
        on=[place.arn("logs", f"log-group:/aws/sagemaker/{kind}Jobs*") for kind in kinds],
    )


def join_network(place: Place) -> Sequence[Statement]:
    """Allow the network interfaces with which a job or function joins subnets."""
    return (
        allow(
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            on=[
                place.arn("ec2", f"{kind}/*")
                for kind in ("network-interface", "subnet", "security-group")
            ],
        ),
        allow(
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcs",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            on="*",  # EC2's Describe calls take no resource
        ),
    )


def read_objects(place: Place, *paths: str) -> Sequence[Statement]:
    """Allow reading and listing below each ``bucket/prefix``."""
    return (
        allow("s3:GetObject", on=[place.s3(f"{path}*") for path in paths]),
        *(
            allow(
                "s3:ListBucket",
                on=place.s3(path.partition("/")[0]),
                when={"StringLike": {"s3:prefix": [f"{path.partition('/')[2]}*"]}},
            )
            for path in paths
        ),
    )


def write_objects(place: Place, *paths: str) -> Statement:
    """Allow writing, and giving up a half-written object, below each ``bucket/prefix``."""
    return allow(
        "s3:PutObject", "s3:AbortMultipartUpload", on=[place.s3(f"{path}*") for path in paths]
    )


def _statement(  # noqa: PLR0913, PLR0917 - the parts of a statement, private
    effect: str,
    actions: Sequence[str],
    on: str | Sequence[str],
    when: Condition | None,
    sid: str | None,
    principal: object,
) -> Statement:
    statement: dict[str, object] = {"Effect": effect, "Action": list(actions), "Resource": on}
    for key, value in (("Sid", sid), ("Principal", principal), ("Condition", when)):
        if value is not None:
            statement[key] = value
    return statement
