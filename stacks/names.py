"""What a stack's name says: whose it is, where it stands, and which of several it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import StringConstraints

INSTANCE: Final = r"^[a-z]{1,6}[0-9]{1,6}$"
Instance = Annotated[str, StringConstraints(pattern=INSTANCE)]
"""Letters, then a number, 2-12 characters: no other part of a physical name is such a word, and the
longest team, environment and use case leave one of the 63 characters that SageMaker takes."""
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class StackName:
    """``<team>-<environment>``, and a third part for a stack that is there for a while."""

    team: str
    environment: str
    instance: str | None = None
    """Which of several short-lived stacks; ``None`` for the environment's own."""

    @property
    def base(self) -> str:
        """The environment's own stack, whose settings a short-lived one begins with."""
        return f"{self.team}-{self.environment}"

    def __str__(self) -> str:
        return self.base if self.instance is None else f"{self.base}-{self.instance}"


def parse(stack: str) -> StackName:
    """Take a stack's name apart.

    Raises:
        ValueError: it has fewer than two parts or more than three, or an empty one.
    """
    parts = stack.split("-")
    if len(parts) not in {2, 3} or not all(parts):
        raise ValueError(f"stack must be team-environment or team-environment-name, got {stack!r}")
    team, environment, *rest = parts
    return StackName(team=team, environment=environment, instance=rest[0] if rest else None)


def stacks(root: Path | None = None, *, short_lived: bool = False) -> list[str]:
    """Return the names of the stacks that have a file: environments' own, or short-lived ones."""
    folder = (root or _ROOT) / "stacks"
    names = (path.stem.removeprefix("Pulumi.") for path in folder.glob("Pulumi.*-*.yaml"))
    return sorted(name for name in names if (name.count("-") > 1) is short_lived)
