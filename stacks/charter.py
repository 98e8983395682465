"""What a use case is for, recorded where it is started: objective, problem, label, owner, data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings import Settings

ProblemType = Literal["binary", "multiclass", "regression"]
Sentence = Annotated[str, StringConstraints(min_length=10, max_length=400, pattern=r"^\S[^\r\n]*$")]
Column = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
"""A name that a feature group, too, takes: letters, digits and ``_``, at most 64."""
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
Location = Annotated[
    str,
    StringConstraints(pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?|[^\s:/][^\s:]*)$"),
]
"""``s3://bucket/prefix``, or a file or folder of the project."""


class Charter(Settings):
    """The start of a use case: what it is for, and what it is made from."""

    objective: Sentence
    """What becomes better by it, in a sentence (10-400 characters); goes onto the model's card."""
    problem: ProblemType
    """What the label is: one of two, one of several, or a number."""
    label: Column
    """Column that the model foretells."""
    owner: Annotated[str, StringConstraints(max_length=256, pattern=r"^[\w.:/=+@ -]+$")]
    """Who decides about the use case: a mail address or a team's name."""
    sources: dict[SourceName, Location] = Field(default_factory=dict)
    """Where the data comes from, by name; read by ``mlops explore``."""
