"""Who may do what, and who may become whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.policy.ask import each, get, known, never
from infra.policy.documents import (
    EVERYTHING,
    ROLE,
    allows,
    conditions,
    granted,
    held_to,
    names_whom,
    statements,
)
from infra.policy.model import Problem, Resource, Rule, Stack, Statement

MANAGED: Final = ("aws:iam/policy:Policy",)
INLINE: Final = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/userPolicy:UserPolicy",
    ROLE,
)
"""What holds a policy of its own; a role in ``inlinePolicies``."""
ATTACHED: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ROLE,
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
)
PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
GITHUB: Final = "token.actions.githubusercontent.com"
REPOSITORY: Final = re.compile(r"repo:[^/:*?]+/[^/:*?]+(?::|$)")
NAMING: Final = frozenset(
    f"{several}{operator}"
    for several in ("", "foranyvalue:")
    for operator in ("stringequals", "stringequalsignorecase", "stringlike")
)
OF_THE_ACCOUNT: Final = (
    *("aws:PrincipalArn", "aws:PrincipalTag/", "aws:SourceIp", "aws:SourceVpc"),
    *("aws:userid", "aws:username", "sts:ExternalId"),
)
"""What begins the keys of conditions that say who of an account asks, or from where."""
SECOND_FACTOR: Final = ("bool", "aws:multifactorauthpresent", ["true"])
DECRYPTING: Final = ("kms:decrypt", "kms:reencryptfrom")
SOME_KEY: Final = "key/0c3a11a4-7f0e-4c7b-9d53-2f6f1f0c6a57"
"""No stack's: a pattern that it fits is of every key."""


def _actions(statement: Statement) -> list[str]:
    """Return what is given as IAM reads it: in any case."""
    return [action.lower() for action in statement["Action"]]


def _everything(statement: Statement) -> Iterable[Any]:
    names = [on.removeprefix("arn:").removeprefix("aws") for on in statement["Resource"]]
    if any(name and set(name) <= {"*", ":"} for name in names):  # arn:aws:*:*:*:* is as much as *
        yield from _every_action(statement)


def _every_action(statement: Statement) -> Iterable[Any]:
    return [action for action in _actions(statement) if action in EVERYTHING]


def _of_a_service(statement: Statement) -> Iterable[Any]:
    return [action for action in _actions(statement) if not action.rpartition(":")[2].strip("*")]


def _of_iam(statement: Statement) -> Iterable[Any]:
    return [action for action in _actions(statement) if action in {"iam:*", *EVERYTHING}]


def _wildcards(statement: Statement) -> Iterable[Any]:
    found = [f"Action::{action}" for action in statement["Action"] if "*" in str(action)]
    return [*found, *(f"Resource::{on}" for on in statement["Resource"] if on == "*")]


def _names_all(one: Resource, stack: Stack) -> Iterable[Problem]:
    if stack.inputs_that_take(one) == {"permissionsBoundary"}:  # which gives nothing
        return ()
    return granted(_wildcards, "actions and resources must be named")(one, stack)


def _decrypts_with_every_key(statement: Statement) -> Iterable[Any]:
    if not any(map(_every_key, statement["Resource"])):
        return []
    return [
        action
        for action in _actions(statement)
        if any(fnmatchcase(asked, action) for asked in DECRYPTING)
    ]


def _every_key(pattern: str) -> bool:
    parts = pattern.split(":", 5)
    of_kms = len(parts) < 3 or fnmatchcase("kms", parts[2])  # noqa: PLR2004 - an ARN's service
    return of_kms and fnmatchcase(SOME_KEY, parts[-1])


def _attached(one: Resource) -> Iterator[Any]:
    for key in ("policyArn", "policyArns", "managedPolicyArns"):
        yield from each(get(one.props, key))


def _aws_managed(one: Resource, _: Stack) -> Iterator[Problem]:
    for arn in _attached(one):
        if ":iam::aws:policy/" in str(arn):
            yield Problem(what="policies must be the stack's own", found=arn, at=str(arn))


def _iam_full_access(one: Resource, _: Stack) -> Iterator[Problem]:
    for arn in _attached(one):
        if str(arn).endswith(":policy/IAMFullAccess"):
            yield Problem(what="the policy must not be IAMFullAccess", found=arn)


def _all_of_an_account_become(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one, "assumeRolePolicy"):
        whole = [
            who
            for who in statement["Principal"].get("AWS", ())
            if str(who).isdigit() or str(who).endswith(":root")
        ]
        proven = SECOND_FACTOR in conditions(statement) or held_to(statement, *OF_THE_ACCOUNT)
        if allows(statement) and whole and not proven:
            yield Problem(what="a condition must say who of the account", found=whole, at=name)


def _github_is_narrowed(one: Resource, stack: Stack) -> Iterator[Problem]:
    # A provider that is still to come has an ARN that does not tell whose it is.
    providers = stack.taken_from(one, "assumeRolePolicy", PROVIDER)
    to_come = any(GITHUB in str(known(get(provider.props, "url"))) for provider in providers)
    for name, statement in statements(one, "assumeRolePolicy"):
        federated = statement["Principal"].get("Federated", ())
        asked = [key for _, key, _ in conditions(statement)]
        if not allows(statement) or not (
            (to_come and federated) or any(GITHUB in str(one) for one in (*federated, *asked))
        ):
            continue
        subjects = [
            value
            for operator, key, values in conditions(statement)
            for value in values
            if key == f"{GITHUB}:sub" and operator in NAMING
        ]
        if not subjects or not all(map(REPOSITORY.match, subjects)):
            yield Problem(
                what=f"a condition must name the repository in {GITHUB}:sub",
                found=subjects or None,
                at=name,
            )


RULES: Final = (
    Rule(
        id="IAM.1",
        title="No policy allows everything on everything",
        types=(*MANAGED, *INLINE),
        check=granted(_everything, "a statement must not allow * on *"),
        remedy="Name the actions and the resources",
        also=("CKV_AWS_62", "CIS 2.15"),
    ),
    Rule(
        id="CKV_AWS_63",
        title="No policy allows every action",
        types=(*MANAGED, *INLINE),
        check=granted(_every_action, "actions must not be *"),
        remedy="Name the actions",
    ),
    Rule(
        id="IAM.2",
        title="People and programs have roles, no users with policies",
        types=(
            "aws:iam/user:User",
            "aws:iam/userPolicy:UserPolicy",
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        ),
        check=never("users must not be declared"),
        remedy="Declare a role, and let it be assumed",
    ),
    Rule(
        id="IAM.21",
        title="No policy allows all of a service",
        types=(*MANAGED, *INLINE),
        check=granted(_of_a_service, "actions must not be all of a service"),
        remedy="Name the actions of the service that are needed",
    ),
    Rule(
        id="CKV2_AWS_40",
        title="No policy allows all of IAM",
        types=(*MANAGED, *INLINE),
        check=granted(_of_iam, "actions must not be iam:*"),
        remedy="Name the actions of IAM that are needed, and the roles",
    ),
    Rule(
        id="CKV2_AWS_56",
        title="Nobody has AWS's policy IAMFullAccess",
        types=ATTACHED,
        check=_iam_full_access,
        remedy="Declare a policy with the actions that are needed",
    ),
    Rule(
        id="AwsSolutions-IAM4",
        title="Policies are the stack's own, not AWS's",
        types=ATTACHED,
        check=_aws_managed,
        remedy="Declare a policy with the actions that are needed",
    ),
    Rule(
        id="AwsSolutions-IAM5",
        title="Policies name actions and resources without wildcards",
        types=(*INLINE, *MANAGED),
        check=_names_all,
        remedy="Name them; where the API knows nothing narrower, say so beside the statement",
        severity="advisory",
        beside=True,
    ),
    Rule(
        id="KMS.1",
        title="No managed policy decrypts with every key",
        types=MANAGED,
        check=granted(_decrypts_with_every_key, "decrypting must be of named keys"),
        remedy="Name the keys",
    ),
    Rule(
        id="KMS.2",
        title="No role decrypts with every key",
        types=INLINE,
        check=granted(_decrypts_with_every_key, "decrypting must be of named keys"),
        remedy="Name the keys",
    ),
    Rule(
        id="CKV_AWS_60",
        title="Roles name who assumes them",
        types=(ROLE,),
        check=names_whom("who assumes the role must be named", "assumeRolePolicy"),
        remedy="Name the principals, or a condition",
    ),
    Rule(
        id="CKV_AWS_61",
        title="Roles are not open to a whole account",
        types=(ROLE,),
        check=_all_of_an_account_become,
        remedy="Name the role that assumes it, or ask for aws:PrincipalArn or a second factor",
    ),
    Rule(
        id="CKV_AWS_393",
        title="GitHub assumes roles from named repositories alone",
        types=(ROLE,),
        check=_github_is_narrowed,
        remedy="Name owner and repository in the condition on sub",
        beside=True,
    ),
)
