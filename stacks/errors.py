"""What a stack's files can get wrong.

```text
StackError
├── UnknownStackError    no such stack, environment or team
└── StackFileError       one or more problems in the files of a stack
```
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class StackError(ValueError):
    """A stack cannot be resolved; nothing was created."""


class UnknownStackError(StackError):
    """No files describe the stack; the message names the stacks that there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong in one place."""

    file: str
    """Relative to the project, with ``:line`` where the line is known."""
    key: str
    """Dotted path within the settings."""
    rule: str
    value: str | None = None
    """What was there; ``None`` where nothing was."""
    close: tuple[str, ...] = ()
    """Spellings that would have been accepted, the nearest first."""
    beside: tuple[str, ...] = ()
    """Where the other values of the rule come from: ``key is set in file:line``."""

    def __str__(self) -> str:
        got = "" if self.value is None else f", got {self.value}"
        hint = f"; close to it: {', '.join(self.close)}" if self.close else ""
        others = "".join(f"; {one}" for one in self.beside)
        return f"{self.file}: {self.key} {self.rule}{got}{hint}{others}"


class StackFileError(StackError):
    """The files of a stack break rules; all of them are told at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def close_to(word: str, possible: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Return the spellings of ``possible`` nearest to ``word``, at most ``count``."""
    return tuple(difflib.get_close_matches(word, sorted(possible), n=count, cutoff=0.6))
