"""How an approved model version reaches the endpoint of a use case."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings import Settings, at


class Source(Settings):
    """Where the delivery finds this repository."""

    type: Literal["github", "codecommit", "s3", "none"]
    """``none`` runs the commands where the builder stands: only on the emulator."""
    location: str | None = None
    """Clone URL, or ``bucket/key.zip`` for ``s3``; null with ``none``."""
    version: str | None = None
    """Branch, tag or commit, on GitHub ``pr/12`` too; of ``s3`` the object's version. Null takes
    the newest of the default branch."""

    @model_validator(mode="after")
    def _has_a_location(self) -> Self:
        if (self.type == "none") != (self.location is None):
            raise at(
                "location",
                f"must be {'null' if self.type == 'none' else 'set'} with type {self.type}",
                self.location,
                beside=("type",),
            )
        if self.type == "none" and self.version is not None:
            raise at("version", "must be null with type none", self.version, beside=("type",))
        return self


class Delivery(Settings):
    """How an approved model version reaches the endpoint."""

    commands: Annotated[tuple[str, ...], Field(min_length=1)]
    """Shell commands of the build, in order, ``$STACK`` being the stack; a failure stops it."""
    source: Source
    """Where the build finds this repository."""
    compute_type: Literal[
        "BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"
    ] = "BUILD_GENERAL1_SMALL"
    """CodeBuild compute: 3, 7 or 15 GiB of memory; billed per minute of build."""
    timeout_minutes: Annotated[int, Field(ge=5, le=2160)] = 60
    """The build is stopped after this many minutes (5-2160); a canary must fit within."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which the build reads and writes; null where it is elsewhere."""
    overdue_hours: Annotated[int, Field(ge=1, le=23)] | None = 2
    """Hours after which an approved version that is not live alarms (1-23); no less than a build
    may take. Compared every hour; null compares never."""

    @model_validator(mode="after")
    def _a_delivery_is_not_overdue_while_it_runs(self) -> Self:
        if self.overdue_hours is not None and self.overdue_hours * 60 < self.timeout_minutes:
            raise at(
                "overdue_hours",
                f"must be at least timeout_minutes, {self.timeout_minutes / 60:g} h",
                self.overdue_hours,
                beside=("timeout_minutes",),
            )
        return self
