"""Roles that AWS's services assume for a stack stand within one boundary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pulumi

from components.service_boundary import ServiceBoundary, ServiceBoundaryArgs, boundary_of, path_of
from stacks.config import StackConfig

ACTIONS_FILE: Final = Path(__file__).with_name("service_actions.txt")
"""Families of what those roles do: a policy that needs another is not to pass the tests."""
ROLE: Final = "aws:iam/role:Role"


def bound_roles(config: StackConfig, tags: Mapping[str, str]) -> None:
    """Give each role that is declared after this call, and has no boundary, the stack's own.

    Only where workflows or a pipeline deploy: their role may create roles within it, and no others,
    and pass to services only what lies below the stack's path or begins with its name.
    """
    if config.deployment.outside is None and config.deployment.pipeline is None:
        return
    arn = _own(config, tags) if config.instance is None else boundary_of(config.name.base)

    below = path_of(config.name.base)

    def bound(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE or args.props.get("permissions_boundary") is not None:
            return None
        props = {**args.props, "permissions_boundary": arn}
        if args.props.get("name") is None:
            props["path"] = below
        return pulumi.ResourceTransformationResult(props, args.opts)

    pulumi.runtime.register_stack_transformation(bound)


def _own(config: StackConfig, tags: Mapping[str, str]) -> pulumi.Output[str]:
    args = ServiceBoundaryArgs(stack=config.stack, actions=service_actions(), tags=tags)
    return ServiceBoundary("services", args).arn


def service_actions() -> list[str]:
    """Return the IAM actions, by families, of all roles that services assume."""
    return ACTIONS_FILE.read_text(encoding="utf-8").split()
