"""What workflows outside AWS may do in an account, and who of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from components._iam import Condition, Statement, allow, dashboards, deny, document, path
from components._iam_boundary import POLICY_NAME
from components._iam_services import policy_name
from components._place import Place
from components._tags import created, others_denied, owned, tagged_at_once

AUDIENCE = "sts.amazonaws.com"
POLICY_CHARACTERS = 6144
"""IAM's limit on a managed policy, white space not counted."""
POLICIES = 10
"""What a role takes of them."""
_LONGEST = Place(partition="aws-us-gov", region="ap-southeast-1", account_id="0" * 12)
PASSED_TO = (
    "budgets",
    "cloudtrail",
    "codebuild",
    "events",
    "lambda",
    "sagemaker",
    "scheduler",
    "vpc-flow-logs",
)
"""Services that roles of a stack trust: a role is passed to these and to no other."""
OF_ROLES = (
    "iam:DeleteRole",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)
"""What changes a role that stands: only of this stack's, by their tags."""
WITHIN = (
    "iam:AttachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
)
"""What changes what a role may do: only of this stack's, and only within a boundary of its."""
_OF_SCHEDULES = re.compile(r"scheduler:(Create|Delete|Get|Update)Schedule")
_OF_VERSIONS = re.compile(r"sagemaker:(Delete|Describe|List)ModelPackages?")
_OF_SAGEMAKERS_TAGS = re.compile(r"sagemaker:(Add|Delete|List)Tags")
_OF_DASHBOARDS = re.compile(r"cloudwatch:(Delete|Get|Put)Dashboards?")


def trust_jobs(provider_arn: str, issuer: str, subjects: Sequence[str]) -> str:
    """Let jobs assume a role whose token names one of ``subjects``; others never.

    ``subjects`` are the ``sub`` of the issuer's tokens; taken literally where none has a wildcard.
    """
    operator = "StringLike" if any("*" in one for one in subjects) else "StringEquals"
    condition: dict[str, dict[str, object]] = {"StringEquals": {f"{issuer}:aud": AUDIENCE}}
    condition.setdefault(operator, {})[f"{issuer}:sub"] = list(subjects)
    return document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": provider_arn},
            "Condition": condition,
        }
    )


def boundary(
    place: Place, services: Iterable[str], *, protected: Sequence[str], tags: Mapping[str, str]
) -> str:
    """Return the most that either role can ever have: the services in use, and not itself.

    ``protected`` are the ARNs of the roles and policies that decide about deployments. What bears
    other ``tags`` is out of reach; buckets, dashboards and schedules, which IAM does not know by
    tags, are narrowed where they are granted, or refuse by policies of their own.
    """
    return document(
        {
            "Sid": "ServicesOfTheStack",
            "Effect": "Allow",
            "Action": sorted(f"{service}:*" for service in services),
            "Resource": "*",  # a boundary grants nothing; the roles' own policies narrow it
            "Condition": _here(place),
        },
        {
            "Sid": "NotItself",
            "Effect": "Deny",
            "NotAction": ["iam:Get*", "iam:List*", "sts:*"],
            "Resource": list(protected),
        },
        deny(
            "NobodyNew",
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:CreateUser",
            "iam:CreateOpenIDConnectProvider",
            "iam:CreateSAMLProvider",
            "iam:DeleteRolePermissionsBoundary",
            "iam:UpdateAccountPasswordPolicy",
        ),
        *others_denied(tags),
    )


def boundaries(place: Place, stack: str) -> list[str]:
    """Return the ARNs of the boundaries that roles may be given: of services, and of people."""
    names = (f"/{policy_name(stack)}", f"{path(stack)}{POLICY_NAME}")
    return [place.global_arn("iam", f"policy{name}") for name in names]


def decisive(place: Place, stack: str) -> list[str]:
    """Return the ARNs that decide what may be deployed: those of workflows and of the pipeline's.

    None of the roles may change any of them, whether they stand yet or not.
    """
    iam = f"arn:{place.partition}:iam::{place.account_id}"
    return [
        f"{iam}:role/{stack}-preview",
        f"{iam}:role/{stack}-deploy",
        f"{iam}:role/{stack}-pipeline-*",
        f"{iam}:policy/{stack}-preview-*",
        f"{iam}:policy/{stack}-deploy-*",
        f"{iam}:policy/{stack}-deployment-boundary",
        f"{iam}:policy/{stack}-pipeline-*",
        f"{iam}:oidc-provider/*",
        *boundaries(place, stack),
    ]


def policies(
    place: Place, actions: Iterable[str], tags: dict[str, str], *, stack: str
) -> list[str]:
    """Return documents that allow ``actions`` in this account and region, each within IAM's limit.

    Roles are changed only where they carry the stack's ``tags``, and created only with them; what
    they may do is changed only within a boundary that the stack has for them.

    Raises:
        ValueError: more than the ten documents that a role takes.
    """
    wanted = set(actions)
    # Packed by the longest place there is, so that their number is known before the real one.
    shares = _packed(_statements(_LONGEST, wanted, tags, stack))
    if len(shares) > POLICIES:
        raise ValueError(f"actions must fit into {POLICIES} policies, got {len(shares)}")
    statements = iter(_statements(place, wanted, tags, stack))
    return [document(*islice(statements, share)) for share in shares]


def how_many(actions: Iterable[str], tags: dict[str, str], *, stack: str) -> int:
    """Return the number of documents that :func:`policies` makes of these, anywhere."""
    return len(policies(_LONGEST, actions, tags, stack=stack))


def state(place: Place, bucket: str, *, writes: bool) -> str:
    """Allow reading Pulumi's state, and with ``writes`` changing and locking it."""
    changes = ("s3:PutObject", "s3:DeleteObject") if writes else ()
    return document(
        allow("s3:ListBucket", on=place.s3(bucket)),
        allow("s3:GetObject", *changes, on=place.s3(f"{bucket}/.pulumi/*")),
    )


def _statements(
    place: Place, wanted: set[str], tags: dict[str, str], stack: str
) -> list[Statement]:
    statements = [*_roles(place, wanted, tags, stack)]
    rest = sorted(wanted - {*OF_ROLES, *WITHIN, "iam:CreateRole", "iam:PassRole"})
    versions = [
        place.arn("sagemaker", f"{kind}/{stack}-*")
        for kind in ("model-package", "model-package-group")
    ]
    everything = place.arn("sagemaker", "*")  # what can be tagged has a dozen kinds
    narrowed = (
        # What bears no tags is told by its name.
        (_OF_SCHEDULES, [place.arn("scheduler", f"schedule/default/{stack}-*")], _here(place)),
        (_OF_DASHBOARDS, dashboards(place, stack), _here(place)),
        (_OF_VERSIONS, versions, _here(place)),
        (_OF_SAGEMAKERS_TAGS, everything, owned(tags)),
    )
    for family, on, when in narrowed:
        if own := [action for action in rest if family.fullmatch(action)]:
            statements.append(allow(*own, on=on, when=when))
            rest = [action for action in rest if action not in own]
    if "sagemaker:AddTags" in wanted:
        statements.append(allow("sagemaker:AddTags", on=everything, when=tagged_at_once(tags)))
    for service in sorted({action.partition(":")[0] for action in rest}):
        own = [action for action in rest if action.startswith(f"{service}:")]
        # Many of these take no resource, and names are Pulumi's: the account narrows the rest, and
        # the boundary by the tags that things bear.
        statements.append(allow(*own, on="*", when=_here(place)))
    return statements


def _roles(place: Place, wanted: set[str], tags: dict[str, str], stack: str) -> Iterable[Statement]:
    roles = place.global_arn("iam", "role/*")
    within = {"iam:PermissionsBoundary": boundaries(place, stack)}
    made, held = (one(tags)["StringEquals"] for one in (created, owned))
    for actions, when in (
        (("iam:CreateRole",), {**made, **within}),
        (WITHIN, {**held, **within}),
        (OF_ROLES, held),
    ):
        if own := sorted(wanted & set(actions)):
            yield allow(*own, on=roles, when={"StringEquals": when})
    if "iam:PassRole" in wanted:
        pipelines = ("codepipeline",) if "codepipeline:CreatePipeline" in wanted else ()
        services = [f"{service}.amazonaws.com" for service in (*PASSED_TO, *pipelines)]
        passed = {"iam:PassedToService": services}
        # AWS advises against telling by tags which role may be passed.
        own = [place.global_arn("iam", f"role{below}*") for below in (path(stack), f"/{stack}-")]
        yield allow("iam:PassRole", on=own, when={"StringEquals": passed})


def _here(place: Place) -> Condition:
    """Narrow to this account and region what has either; IAM and S3 answer from us-east-1 too."""
    regions = sorted({place.region, "us-east-1"})
    return {
        "StringEqualsIfExists": {
            "aws:ResourceAccount": place.account_id,
            "aws:RequestedRegion": regions,
        }
    }


def _packed(statements: Sequence[Statement]) -> list[int]:
    """Return how many statements go into each document."""
    documents: list[list[Statement]] = [[]]
    for statement in statements:
        longer = document(*documents[-1], statement)
        if documents[-1] and len("".join(longer.split())) > POLICY_CHARACTERS:
            documents.append([])
        documents[-1].append(statement)
    return [len(parts) for parts in documents]
