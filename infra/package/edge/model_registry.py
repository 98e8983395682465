"""What ``components.model_registry`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.downstream import Downstream


class ModelRegistryArgs(TypedDict):
    """Inputs of `ModelRegistry`."""

    group_name: str
    """Name of the model package group; a change replaces it and loses its versions."""
    description: str
    """What the model tells."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    announces_candidates: NotRequired[bool]
    """Say too when a version waits for approval or is rejected: what is shadowed changes then.

    By default `false`."""
    downstream: NotRequired[Downstream]
    """Who of another account may read the versions; by default nobody."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete or replace the group.

    By default `true`."""


class ModelRegistryOutputs(TypedDict):
    """What ``ModelRegistry`` gives."""

    group_name: pulumi.Output[str]
    group_arn: pulumi.Output[str]
    approval_rule: pulumi.Output[str]
    """Name of the event rule on the default bus, to attach what delivers to."""
    approval_rule_arn: pulumi.Output[str]
