"""What keeps a plan from being made.

```text
PlanError
├── RevisionError    git knows no such revision, or it cannot be laid out
└── StackFails       a revision's code does not evaluate: its files break rules, its program raises
```
"""

from __future__ import annotations


class PlanError(RuntimeError):
    """There is no plan; nothing was changed."""


class RevisionError(PlanError):
    """A revision cannot be evaluated at all."""


class StackFails(PlanError):  # noqa: N818 - an outcome of the code under review
    """The code of a revision does not evaluate; the message is what it said."""

    def __init__(self, stack: str, revision: str, said: str) -> None:
        super().__init__(f"{stack} at {revision} does not evaluate:\n{said}")
        self.stack = stack
        self.revision = revision
        self.said = said
