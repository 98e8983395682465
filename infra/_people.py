"""Who works on a stack, from its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.team_access import TeamAccess, TeamAccessArgs
from infra._plan import Foundation


def declare_people(
    foundation: Foundation, api_arns: Sequence[pulumi.Input[str]], tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[object]]:
    """Declare the team's roles and return what the stack exports of them.

    ``api_arns`` are what callers of the scoring APIs ask to invoke.
    """
    config, store = foundation.config, foundation.store
    people = config.people
    if not people.roles:
        return {}
    access = TeamAccess(
        "people",
        TeamAccessArgs(
            stack=config.stack,
            raw_bucket=store.raw_bucket,
            features_bucket=store.features_bucket,
            artifacts_bucket=store.artifacts_bucket,
            capture_bucket=store.capture_bucket,
            raw_key_arn=store.raw_key_arn,
            features_key_arn=store.features_key_arn,
            artifacts_key_arn=store.artifacts_key_arn,
            capture_key_arn=store.capture_key_arn,
            operations_key_arn=foundation.operations_key_arn,
            api_arns=api_arns,
            tags=tags,
            trusted=people.trusted,
            experiments=people.experiments,
            raw_data_by_hand=people.raw_data_by_hand,
            subnet_ids=foundation.network.subnet_ids,
        ),
    )
    return {
        "roles": dict(access.role_arns),
        "permissions_boundary": access.boundary_arn,
        **({"experiment_role": access.experiment_role_arn} if people.experiments else {}),
    }
