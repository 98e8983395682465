"""Who a stack's resources give permissions to, and which resources have a policy of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.plan._cluster import permits
from infra.plan._policies import Permission, UnreadableError, permissions, statement
from infra.plan._values import items, mapping, plain, text, whole

KINDS: Final = {
    "aws:iam/role:Role": "role",
    "aws:iam/user:User": "user",
    "aws:iam/group:Group": "group",
}
INLINE: Final = {
    "aws:iam/rolePolicy:RolePolicy": "role",
    "aws:iam/userPolicy:UserPolicy": "user",
    "aws:iam/groupPolicy:GroupPolicy": "group",
}
ATTACHED: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role",),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("user",),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("group",),
    "aws:iam/policyAttachment:PolicyAttachment": ("roles", "users", "groups"),
}
POLICY: Final = "aws:iam/policy:Policy"
PERMISSION: Final = "aws:lambda/permission:Permission"
TARGETS: Final = (
    *("bucket", "queueUrl", "repository", "repositoryName", "modelPackageGroupName", "keyId"),
    *("secretArn", "restApiId", "vpcEndpointId", "function", "arn"),
)
"""Inputs by which a policy names the resource that it belongs to."""
OWNERS: Final = {PERMISSION: "Function"}
"""Whose policy a type is part of, where it is not the type's own name without ``Policy``."""
_NAMES: Final = ("name", "bucket", "modelPackageGroupName")
"""Inputs that name a resource in the account."""

Said = frozenset[Permission]
NOTHING: Final[Said] = frozenset()


@dataclass(slots=True)
class Principal:
    """A role, user or group, and all that its policies say."""

    said: Said = NOTHING
    managed: frozenset[str] = frozenset()
    """ARNs of policies, and a cluster's roles, that are not the stack's own: what they say only AWS
    and the cluster know."""
    trust: Said = NOTHING
    boundary: str | None = None
    """Name of the policy, or its ARN where it is not the stack's own."""


@dataclass(slots=True)
class Access:
    """Everything that a stack's resources permit."""

    principals: dict[tuple[str, str], Principal] = field(default_factory=dict)
    """By kind and name."""
    policies: dict[str, Said] = field(default_factory=dict)
    """Managed policies of the stack, by name."""
    resources: dict[tuple[str, str], Said] = field(default_factory=dict)
    """By service and name, each resource that has a policy of its own."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Policies that are none, by where they stand."""


def read(resources: Mapping[str, Any]) -> Access:
    """Return what a graph's resources permit; ``resources`` maps URNs to type, name and inputs."""
    return _Reader(resources).read()


class _Reader:
    def __init__(self, resources: Mapping[str, Any]) -> None:
        self._access = Access()
        self._all = [
            (whole(text(one.get("type"))), label, mapping(one.get("inputs")))
            for label, one in _labelled(resources)
        ]
        self._known = {
            (_service(token), _class(token), _tail(inputs[key])): label
            for token, label, inputs in self._all
            for key in _NAMES
            if inputs.get(key)
        }
        """Names in the account, by service and class, to logical ones."""

    def read(self) -> Access:
        for token, label, inputs in self._all:
            if token in KINDS:
                self._access.principals[KINDS[token], label] = Principal()
            elif token == POLICY:
                self._access.policies[label] = self._read(label, inputs.get("policy"))
        for token, label, inputs in self._all:
            if token in KINDS:
                self._principal(self._access.principals[KINDS[token], label], label, inputs)
            elif token in INLINE:
                one = self._named(INLINE[token], inputs.get(INLINE[token]))
                one.said |= self._read(label, inputs.get("policy"))
            elif token in ATTACHED:
                for key in ATTACHED[token]:
                    for name in items(inputs.get(key)):
                        self._attach(self._named(key.rstrip("s"), name), inputs.get("policyArn"))
            elif token == PERMISSION:
                self._permission(inputs)
            elif token != POLICY:
                self._own(token, label, inputs)
        for whom, said, other in permits(self._all):
            one = self._access.principals.setdefault(whom, Principal())
            one.said |= said
            one.managed |= {other} if other else frozenset()
        return self._access

    def _principal(self, one: Principal, label: str, inputs: Mapping[str, Any]) -> None:
        if (trust := inputs.get("assumeRolePolicy")) is not None:
            one.trust |= self._read(f"{label}, trust", trust)
        for inline in items(inputs.get("inlinePolicies")):
            if (policy := mapping(inline).get("policy")) is not None:
                one.said |= self._read(f"{label}, inline", policy)
        for arn in items(inputs.get("managedPolicyArns")):
            self._attach(one, arn)
        if boundary := inputs.get("permissionsBoundary"):
            one.boundary = self._known.get(
                ("iam", "Policy", _tail(boundary)), whole(text(boundary))
            )

    def _named(self, kind: str, name: object) -> Principal:
        """Return who has that name in the account, be it the stack's own or not."""
        label = self._known.get(("iam", kind.capitalize(), _tail(name)), whole(text(name)))
        return self._access.principals.setdefault((kind, label), Principal())

    def _attach(self, one: Principal, arn: object) -> None:
        policy = self._known.get(("iam", "Policy", _tail(arn)))
        if policy is None:
            one.managed |= {whole(text(arn))}
        else:
            one.said |= self._access.policies[policy]

    def _permission(self, inputs: Mapping[str, Any]) -> None:
        """Read what Lambda makes a statement of its function's policy from."""
        principal = text(inputs.get("principal"))
        is_service = principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        equal = {
            key: inputs[argument]
            for argument, key in (
                ("sourceAccount", "aws:SourceAccount"),
                ("principalOrgId", "aws:PrincipalOrgID"),
                ("eventSourceToken", "lambda:EventSourceToken"),
            )
            if inputs.get(argument)
        }
        source = inputs.get("sourceArn")
        said = statement(
            principal={"Service" if is_service else "AWS": principal},
            action=inputs.get("action"),
            resource="*",
            condition={
                **({"ArnLike": {"aws:SourceArn": source}} if source else {}),
                **({"StringEquals": equal} if equal else {}),
            },
        )
        self._add(PERMISSION, _tail(inputs.get("function")), said)

    def _own(self, token: str, label: str, inputs: Mapping[str, Any]) -> None:
        """Read whatever input of a resource is a policy."""
        for key, value in inputs.items():
            if _is_policy(str(key), value):
                names = [inputs[one] for one in TARGETS if isinstance(inputs.get(one), str)]
                name = _tail(names[0]) if names else label
                self._add(token, name, self._read(label, value))

    def _add(self, token: str, name: str, said: Said) -> None:
        service, owner = _service(token), OWNERS.get(token, _class(token).removesuffix("Policy"))
        key = (service, self._known.get((service, owner, name), whole(name)))
        self._access.resources[key] = self._access.resources.get(key, NOTHING) | said

    def _read(self, where: str, document: object) -> Said:
        try:
            return permissions(document)
        except UnreadableError:
            self._access.unreadable[where] = whole(text(plain(document)))
            return NOTHING


def _is_policy(key: str, value: object) -> bool:
    if isinstance(value, str):
        return '"Statement"' in value and value.lstrip().startswith("{")
    return key.lower().endswith("policy") and "Statement" in mapping(value)


def _labelled(resources: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield resources by their logical name, or by URN where another of the type has that name."""
    held = {whole(str(urn)): mapping(one) for urn, one in resources.items()}
    names = {urn: (text(one.get("type")), text(one.get("name"))) for urn, one in held.items()}
    counted = Counter(names.values())
    for urn, one in held.items():
        yield whole(names[urn][1]) if counted[names[urn]] == 1 else urn, one


def _service(token: str) -> str:
    return token.split("/", maxsplit=1)[0].removeprefix("aws:")


def _class(token: str) -> str:
    return token.rpartition(":")[2]


def _tail(name: object) -> str:
    """Return the last part of a name, an ARN, or a queue's URL."""
    last = re.split("[/:]", text(name))[-1]
    return last.split(".")[0] if last.endswith(".amazonaws.com") else last
