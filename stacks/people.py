"""Who works on a stack: the seven roles, and who may assume them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings import Settings

Role = Literal[
    "business_stakeholder",
    "solution_architect",
    "data_scientist",
    "data_engineer",
    "software_engineer",
    "devops_engineer",
    "ml_engineer",
]
PrincipalArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws(-[a-z]+)*:iam::\d{12}:(role|user)/[\w+=,.@*?/-]+$", max_length=2048
    ),
]
"""A role or user, ``*`` and ``?`` allowed behind ``role/`` or ``user/``."""


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
