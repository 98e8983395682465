"""Customer keys."""

from __future__ import annotations

from typing import Any, Final

from infra.policy.ask import is_set, is_true, known, must
from infra.policy.documents import names_whom
from infra.policy.model import Rule

KEY: Final = ("aws:kms/key:Key",)


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
        types=(*KEY, "aws:kms/keyPolicy:KeyPolicy"),
        check=names_whom("principal must not be *"),
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
