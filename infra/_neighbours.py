"""What a stack knows of those of the environments before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.downstream import Downstream
from stacks.config import StackConfig

ROLE: Final = "promotion"
"""Last part of the name of the role that copies: the environment before lets it read."""


class NotExportedError(pulumi.RunError, LookupError):
    """The stack of the environment before is there, but was never deployed, or is older."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """The stack of the environment before, as far as its exports tell."""

    stack: str
    artifacts_bucket: pulumi.Output[str]
    artifacts_key_arn: pulumi.Output[str]
    reference: pulumi.StackReference

    def group_arn(self, use_case: str) -> pulumi.Output[str]:
        """Return the ARN of a use case's model package group there."""
        return _exported(self.reference, self.stack, f"{use_case}_model_package_group_arn")


def upstream(config: StackConfig) -> Upstream | None:
    """Read the exports of the environment before, where there is one.

    Pulumi refuses a stack that does not stand, and this one that exports nothing: environments
    come up in order.
    """
    if config.promotion.upstream is None:
        return None
    stack = f"{config.team}-{config.promotion.upstream}"
    reference = pulumi.StackReference("upstream", stack)
    return Upstream(
        stack=stack,
        artifacts_bucket=_exported(reference, stack, "artifacts_bucket"),
        artifacts_key_arn=_exported(reference, stack, "artifacts_key_arn"),
        reference=reference,
    )


def _exported(reference: pulumi.StackReference, stack: str, name: str) -> pulumi.Output[str]:
    def held(value: str | None) -> str:
        if value is None:
            raise NotExportedError(f"stack {stack} must export {name}, got none: deploy it first")
        return value

    exported: pulumi.Output[str] = reference.get_output(name).apply(held)
    return exported


def downstream(config: StackConfig, use_case: str = "*") -> Downstream | None:
    """Return who of another account reads this stack's versions; ``None`` within one account."""
    after = config.promotion.downstream
    account = None if after is None else config.accounts.get(after)
    if account is None or account == config.accounts.get(config.environment):
        return None
    return Downstream(account_id=account, role_names=f"{config.team}-{after}-{use_case}-{ROLE}")
