"""Who works on a stack, and in its notebooks, from its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.studio_domain import StudioDomain, StudioDomainArgs
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
            studio_roles=set(people.members.values()),
            experiments=people.experiments,
            raw_data_by_hand=people.raw_data_by_hand,
            subnet_ids=foundation.network.subnet_ids,
        ),
    )
    studio = _declare_studio(foundation, access, tags)
    return {
        "roles": dict(access.role_arns),
        "permissions_boundary": access.boundary_arn,
        **({} if studio is None else {"studio_domain": studio.domain_id}),
        **({"experiment_role": access.experiment_role_arn} if people.experiments else {}),
    }


def _declare_studio(
    foundation: Foundation, access: TeamAccess, tags: Mapping[str, str]
) -> StudioDomain | None:
    config, network = foundation.config, foundation.network
    if not config.people.members or network.vpc_id is None:
        return None
    return StudioDomain(
        "people-studio",
        StudioDomainArgs(
            domain_name=config.stack,
            members=config.people.members,
            role_arns=access.role_arns,
            role_names=access.role_names,
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids,
            security_group_ids=network.security_group_ids,
            key_arn=foundation.store.artifacts_key_arn,
            tags=tags,
            idle_minutes=config.people.idle_minutes,
            deletion_protection=config.deletion_protection,
        ),
    )
