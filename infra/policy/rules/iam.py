"""Who may do what, and who may become whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.policy.ask import allows, each, everyone, get, granted, is_set, never, statements
from infra.policy.model import Problem, Resource, Rule, Stack, Statement

MANAGED: Final = ("aws:iam/policy:Policy",)
INLINE: Final = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/groupPolicy:GroupPolicy")
ROLE: Final = "aws:iam/role:Role"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
GITHUB: Final = "token.actions.githubusercontent.com"
DECRYPTING: Final = ("kms:Decrypt", "kms:ReEncryptFrom")


def _everything(statement: Statement) -> Iterable[Any]:
    return ["*"] if "*" in statement["Action"] and "*" in statement["Resource"] else []


def _every_action(statement: Statement) -> Iterable[Any]:
    return [action for action in statement["Action"] if action == "*"]


def _of_a_service(statement: Statement) -> Iterable[Any]:
    return [action for action in statement["Action"] if str(action).endswith(":*")]


def _of_iam(statement: Statement) -> Iterable[Any]:
    return [action for action in statement["Action"] if action in {"iam:*", "*"}]


def _wildcards(statement: Statement) -> Iterable[Any]:
    found = [f"Action::{action}" for action in statement["Action"] if "*" in str(action)]
    return [*found, *(f"Resource::{on}" for on in statement["Resource"] if on == "*")]


def _decrypts_with_every_key(statement: Statement) -> Iterable[Any]:
    on = [one for one in statement["Resource"] if one == "*" or str(one).endswith(":key/*")]
    actions = [
        action
        for action in statement["Action"]
        if any(fnmatchcase(asked, str(action)) for asked in DECRYPTING)
    ]
    return actions if on else []


def _aws_managed(one: Resource, _: Stack) -> Iterator[Problem]:
    for arn in (*each(get(one.props, "policyArn")), *each(get(one.props, "managedPolicyArns"))):
        if ":iam::aws:policy/" in str(arn):
            yield Problem(what="policies must be the stack's own", found=arn, at=str(arn))


def _iam_full_access(one: Resource, _: Stack) -> Iterator[Problem]:
    for arn in (*each(get(one.props, "policyArn")), *each(get(one.props, "managedPolicyArns"))):
        if str(arn).endswith(":policy/IAMFullAccess"):
            yield Problem(what="the policy must not be IAMFullAccess", found=arn)


def _anybody_becomes(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one, "assumeRolePolicy"):
        if allows(statement) and everyone(statement) and not is_set(statement.get("Condition")):
            yield Problem(what="who assumes the role must be named", found="*", at=name)


def _all_of_an_account_become(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one, "assumeRolePolicy"):
        whole = [
            who
            for who in statement["Principal"].get("AWS", ())
            if str(who).isdigit() or str(who).endswith(":root")
        ]
        if allows(statement) and whole and not is_set(statement.get("Condition")):
            yield Problem(what="a condition must say who of the account", found=whole, at=name)


def _github_is_narrowed(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one, "assumeRolePolicy"):
        federated = statement["Principal"].get("Federated", ())
        if not any(GITHUB in str(who) for who in federated):
            continue
        conditions = statement.get("Condition") or {}
        subjects = [
            subject for test in conditions.values() for subject in each(test.get(f"{GITHUB}:sub"))
        ]
        parts = [str(subject).split(":") for subject in subjects]
        if not parts or any(len(part) < 2 or "*" in part[1].split("/")[0] for part in parts):  # noqa: PLR2004 - repo:owner/name
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
        types=(ATTACHMENT, ROLE),
        check=_iam_full_access,
        remedy="Declare a policy with the actions that are needed",
    ),
    Rule(
        id="AwsSolutions-IAM4",
        title="Policies are the stack's own, not AWS's",
        types=(ATTACHMENT, ROLE),
        check=_aws_managed,
        remedy="Declare a policy with the actions that are needed",
    ),
    Rule(
        id="AwsSolutions-IAM5",
        title="Policies of roles name actions and resources without wildcards",
        types=INLINE,
        check=granted(_wildcards, "actions and resources must be named"),
        remedy="Name them; where the API knows nothing narrower, say so beside the statement",
        severity="advisory",
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
        check=_anybody_becomes,
        remedy="Name the principals, or a condition",
    ),
    Rule(
        id="CKV_AWS_61",
        title="Roles are not open to a whole account",
        types=(ROLE,),
        check=_all_of_an_account_become,
        remedy="Name the role that assumes it, or a condition on aws:PrincipalArn",
    ),
    Rule(
        id="CKV_AWS_393",
        title="GitHub assumes roles from named repositories alone",
        types=(ROLE,),
        check=_github_is_narrowed,
        remedy="Name owner and repository in the condition on sub",
    ),
)
