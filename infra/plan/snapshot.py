"""A stack at one revision, as plain values: what a plan compares.

A revision's own code writes it, in a process of its own (:mod:`infra.plan.write`); whoever reads it
trusts none of it, so it is validated like any other input.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.policy.settings import Settings

FORMAT: Final = 1
"""Of the file; a plan reads this one alone."""


URN: Final = re.compile(r"urn:pulumi:[^:]+::[^:]+::[^:]+(:[^:]+)*::.+", re.DOTALL)


class SnapshotError(ValueError):
    """A snapshot cannot be read; the message says why."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Plain):
    """One resource that a stack declares."""

    urn: str
    type: str
    """Pulumi type token, such as ``aws:s3/bucket:Bucket``."""
    name: str
    """Logical name."""
    parent: str | None = None
    """URN of the component that holds it."""
    custom: bool
    """Made by a provider; false for components."""
    inputs: dict[str, Any]
    """As a provider is given them: defaults filled in, symbols for what AWS computes, assets by
    their hash, no secret."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Input to the URNs of those that it takes anything from."""
    followed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Input to the URNs of those whose computed outputs are in it."""
    symbols: dict[str, str] = Field(default_factory=dict)
    """Output to the symbol that stands for it."""
    files: dict[str, str] = Field(default_factory=dict)
    """Texts of its code, by their name within the archive."""
    protect: bool = False
    delete_before_replace: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    """Why pulumi-aws or AWS would refuse the inputs."""


class Pipeline(_Plain):
    """One SageMaker pipeline."""

    definition: dict[str, Any]
    """Its JSON, with ``${token}`` where AWS knows a value."""
    code: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Texts of its steps' code, by the key of the object that holds them and the name within."""


class Setting(_Plain):
    """The value of one setting, and the file and line that it comes from."""

    value: Any = None
    origin: str


class FeatureSchema(_Plain):
    """What one feature group holds."""

    group: str
    record_identifier: str
    event_time: str
    features: dict[str, str]
    offline_table: str | None = None


class Snapshot(_Plain):
    """Everything that a plan compares of one stack."""

    format: Literal[1] = FORMAT
    stack: str
    resources: dict[str, Planned]
    """By URN, in order of registration: what a resource needs stands before it."""
    outputs: dict[str, Any] = Field(default_factory=dict)
    """What the stack exports; secrets withheld."""
    pipelines: dict[str, dict[str, Pipeline]] = Field(default_factory=dict)
    """By use case and name."""
    settings: dict[str, Setting] = Field(default_factory=dict)
    """By dotted key."""
    config: dict[str, Any] = Field(default_factory=dict)
    """The settings as one value."""
    schemas: tuple[FeatureSchema, ...] = ()

    def policy(self, today: datetime.date) -> Settings:
        """Return what its settings say of rules: severities, waivers."""
        said = self.config.get("policy")
        return Settings.read({} if said is None else said, today)


class _Written(_Plain):
    """The file: texts stand in it once, under their hash."""

    texts: dict[str, str]
    snapshot: Snapshot


def to_json(snapshot: Snapshot) -> str:
    """Return the file's content."""
    texts: dict[str, str] = {}

    def kept(files: Mapping[str, str]) -> dict[str, str]:
        return {name: _keep(text, texts) for name, text in files.items()}

    short = _with_files(snapshot, kept)
    return _Written(texts=texts, snapshot=short).model_dump_json(exclude_defaults=True)


def from_json(text: str | bytes) -> Snapshot:
    """Read the file's content.

    Raises:
        SnapshotError: it is of another format, or no snapshot at all.
    """
    try:
        written = _Written.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise SnapshotError(
            f"{where} must be as format {FORMAT} has it: {first['msg']}; "
            "plan against a revision that writes this format"
        ) from error

    _check(written.snapshot)

    def whole(files: Mapping[str, str]) -> dict[str, str]:
        return {name: written.texts.get(text, "") for name, text in files.items()}

    return _with_files(written.snapshot, whole)


def _check(snapshot: Snapshot) -> None:
    """Refuse what types alone do not tell.

    Raises:
        SnapshotError: a URN is none, or is not the one that it stands under; or the rules' settings
            are none.
    """
    for urn, one in snapshot.resources.items():
        if one.urn != urn or not URN.fullmatch(urn):
            raise SnapshotError(f"resources must stand under their URNs, got {urn!r:.200}")
    try:
        snapshot.policy(datetime.date.min)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SnapshotError(
            f"config.policy must hold settings of rules, got {snapshot.config.get('policy')!r:.200}"
        ) from error


def _with_files(snapshot: Snapshot, change: Any) -> Snapshot:
    return snapshot.model_copy(
        update={
            "resources": {
                urn: one.model_copy(update={"files": change(one.files)}) if one.files else one
                for urn, one in snapshot.resources.items()
            },
            "pipelines": {
                use_case: {
                    name: one.model_copy(
                        update={"code": {key: change(files) for key, files in one.code.items()}}
                    )
                    for name, one in pipelines.items()
                }
                for use_case, pipelines in snapshot.pipelines.items()
            },
        }
    )


def _keep(text: str, texts: dict[str, str]) -> str:
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    texts[key] = text
    return key
