"""Who works on a stack: the seven roles, who may assume them, and who has a profile in Studio."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings import Settings, at

Role = Literal[
    "business_stakeholder",
    "solution_architect",
    "data_scientist",
    "data_engineer",
    "software_engineer",
    "devops_engineer",
    "ml_engineer",
]
StudioRole = Literal["data_scientist", "data_engineer", "ml_engineer"]
"""Roles whose work is done in notebooks."""
PrincipalArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws(-[a-z]+)*:iam::\d{12}:(role|user)/[\w+=,.@*?/-]+$", max_length=2048
    ),
]
"""A role or user, ``*`` and ``?`` allowed behind ``role/`` or ``user/``."""
MemberName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", max_length=63)
]
"""Letters, digits and single hyphens between them, 1-63: SageMaker's rule for user profiles."""


class People(Settings):
    """The roles of the team in this environment."""

    roles: bool = True
    """Declare the seven roles; false where one administrator is all there is."""
    trusted: dict[Role, Annotated[tuple[PrincipalArn, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """By role, who may assume it; a role without entry takes whom the account lets, with MFA."""
    experiments: bool = False
    """Data scientists run jobs and start trainings by hand; must be false in prod."""
    raw_data_by_hand: bool = False
    """Data engineers write raw data themselves; must be false in prod."""
    members: dict[MemberName, StudioRole] = Field(default_factory=dict)
    """Profiles in SageMaker Studio, each with the role that it works with; none, no Studio."""
    idle_minutes: Annotated[int, Field(ge=60, le=525_600)] = 60
    """Studio stops an application after this many idle minutes (60-525600)."""

    @model_validator(mode="after")
    def _members_have_roles(self) -> Self:
        if self.members and not self.roles:
            raise at("members", "must be empty where roles is false", sorted(self.members))
        return self
