"""Customer keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infra.policy.ask import allows, everyone, is_set, is_true, known, must, statements
from infra.policy.model import Problem, Resource, Rule, Stack

KEY: Final = ("aws:kms/key:Key",)


def _names_whom_it_is_for(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one):
        if allows(statement) and everyone(statement) and not is_set(statement.get("Condition")):
            yield Problem(what="principal must not be *", found="*", at=name)


def _on(value: Any) -> bool:
    return known(value) is not False


RULES: Final = (
    Rule(
        id="KMS.4",
        title="Keys rotate",
        types=KEY,
        check=must("enableKeyRotation", is_true, "true"),
        remedy="Set enableKeyRotation",
        also=("CKV_AWS_7", "AwsSolutions-KMS5", "CIS 4.6"),
    ),
    Rule(
        id="KMS.5",
        title="Keys are not public",
        types=KEY,
        check=_names_whom_it_is_for,
        remedy="Name the principals, or a condition",
        also=("CKV_AWS_33",),
    ),
    Rule(
        id="CKV_AWS_227",
        title="Keys are enabled",
        types=KEY,
        check=must("isEnabled", _on, "true"),
        remedy="Leave isEnabled out",
    ),
    Rule(
        id="CKV2_AWS_64",
        title="Keys have a policy of their own",
        types=KEY,
        check=must("policy", is_set, "a policy"),
        remedy="Give the key a policy that tells administration from use",
    ),
)
