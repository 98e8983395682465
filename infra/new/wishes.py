"""What a person asks for when they start a team or a use case, checked before a file is made."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from infra.explore.suggest import Declared
from infra.new.errors import NewError
from stacks.charter import Charter
from stacks.config import Name
from stacks.promotion import AccountId

ENVIRONMENTS = ("sandbox", "dev", "staging", "prod")
REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
SHARED = frozenset({"shared", "server", "settings", "build", "compile", "compiled", "packing"})
"""Names within ``pipelines/`` that are no use case."""


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team to be started."""

    name: str
    owner: str
    region: str | None = None
    """AWS region; the environments' own if left out."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """AWS account by environment."""

    def check(self, root: Path) -> None:
        """Check the names and that the team is new.

        Raises:
            NewError: one breaks its rule.
        """
        named("team", self.name)
        if not self.owner.strip():
            raise NewError("--owner must be a mail address or a team's name, got none")
        if (root / "stacks" / "teams" / f"{self.name}.yaml").exists():
            raise NewError(
                f"stacks/teams/{self.name}.yaml: team must be new, got one that is there"
            )
        if self.region is not None and not REGION.fullmatch(self.region):
            raise NewError(f"--region must be like eu-central-1, got {self.region!r}")
        for environment, account in self.accounts.items():
            if environment not in ENVIRONMENTS:
                raise NewError(
                    f"--account must be one of {'|'.join(ENVIRONMENTS)}=ID, got {environment!r}"
                )
            _valid(AccountId, account, f"--account {environment}")


@dataclass(frozen=True, kw_only=True)
class UseCase:
    """A use case to be started."""

    team: str
    name: str
    charter: Charter
    classes: tuple[str, ...]
    """What the label may be; empty for regression."""
    columns: tuple[Declared, ...]
    """Of the raw table, label not among them."""

    @property
    def shadows(self) -> bool:
        """What a shadow answers can be judged: the label is one of two."""
        return self.charter.problem == "binary"


def named(what: str, name: str) -> None:
    """Check the name of a team or a use case.

    Raises:
        NewError: it breaks the rule, or is a word of Python or of this project.
    """
    _valid(Name, name, what, " (lower-case letters and digits, 2-20, a letter first)")
    if keyword.iskeyword(name) or name in SHARED:
        raise NewError(f"{what} must be no word of Python or of pipelines/, got {name!r}")


def charter(values: Mapping[str, object]) -> Charter:
    """Return the charter that options make.

    Raises:
        NewError: an option breaks its rule.
    """
    try:
        return Charter.model_validate(dict(values))
    except ValidationError as error:
        raise NewError(
            "\n".join(
                f"--{'source' if one['loc'][0] == 'sources' else one['loc'][0]}"
                f" must be right: {one['msg']}, got {one['input']!r}"
                for one in error.errors()
            )
        ) from error


def _valid(kind: Any, value: str, what: str, hint: str = "") -> None:  # noqa: ANN401 - an annotated type
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        rule = error.errors()[0]["msg"].removeprefix("String should ").replace("'", "")
        raise NewError(f"{what} must {rule}{hint}, got {value!r}") from error
