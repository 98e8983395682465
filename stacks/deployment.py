"""How an environment is deployed: from GitHub or GitLab, or by a pipeline within AWS."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings import Settings, at


class GitHub(Settings):
    """Which workflows of GitHub get roles in the account."""

    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")]
    """Repository whose workflows are let in: ``owner/name``."""
    provider_exists: bool = False
    """The account has GitHub's identity provider already; it takes one, whatever the stacks."""
    max_session_seconds: Annotated[int, Field(ge=3600, le=43_200)] = 7200
    """A deployment that takes longer loses its role (3600-43200); the workflows' take 2 hours."""
    short_lived: bool = False
    """Jobs of the GitHub environment ``short-lived`` deploy here too; never in prod."""


Branch = Annotated[str, StringConstraints(pattern=r"^[\w./-]+$")]
BranchPattern = Annotated[str, StringConstraints(pattern=r"^[\w.-][\w./*-]*$")]


class GitLab(Settings):
    """Which pipelines of GitLab get roles in the account."""

    project: Annotated[str, StringConstraints(pattern=r"^[\w.-]+(/[\w.-]+)+$")]
    """Project whose pipelines are let in: ``group/project``, with all its groups."""
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")] = "gitlab.com"
    """Where GitLab runs; AWS must reach it, to read the keys of its tokens."""
    branch: Branch = "main"
    """Protected branch whose jobs deploy."""
    previewing: tuple[BranchPattern, ...] = ()
    """Further protected branches whose jobs preview, ``*`` allowed."""
    short_lived: tuple[BranchPattern, ...] = ()
    """Protected branches whose jobs deploy stacks for a while, ``*`` allowed; never in prod."""
    provider_exists: bool = False
    """The account has GitLab's identity provider already; it takes one for each host."""
    max_session_seconds: Annotated[int, Field(ge=3600, le=43_200)] = 7200
    """A deployment that takes longer loses its role (3600-43200); the workflows' take 2 hours."""


Commands = Annotated[tuple[str, ...], Field(min_length=1)]
RELEASED = '.venv/bin/mlops release -s "$STACK" --check release.json'
"""Fails where a build would deploy something else than what was checked."""


class Revisions(Settings):
    """Where the pipeline finds what it delivers."""

    type: Literal["connection", "s3", "upstream"]
    """A repository, an archive in S3, or what the environment before has delivered."""
    connection_arn: (
        Annotated[
            str,
            StringConstraints(
                pattern=r"^arn:aws[a-z-]*:code(star-)?connections:[a-z0-9-]+:\d{12}:connection/.+$"
            ),
        ]
        | None
    ) = None
    """Connection to the repository's host, completed by hand; with ``connection``."""
    repository: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")] | None
    ) = None
    """``owner/name`` there; with ``connection``."""
    branch: Annotated[str, Field(min_length=1)] | None = None
    """Branch whose revisions are delivered; with ``connection``."""
    location: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{3,63}/.+\.zip$")] | None = None
    """``bucket/key.zip`` in a versioned bucket that tells EventBridge; with ``s3``."""
    key_arn: str | None = None
    """Customer key of that bucket; null where S3's own encrypts it."""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        wanted = {"connection": {"connection_arn", "repository", "branch"}, "s3": {"location"}}
        for key in ("connection_arn", "repository", "branch", "location"):
            value, needed = getattr(self, key), key in wanted.get(self.type, set())
            if needed is (value is None):
                rule = "set" if needed else "null"
                raise at(key, f"must be {rule} with type {self.type}", value, beside=("type",))
        if self.key_arn is not None and self.type != "s3":
            raise at("key_arn", "must be null without type s3", self.key_arn, beside=("type",))
        return self


class Pipeline(Settings):
    """A CodePipeline that previews each revision, asks for approval, and deploys it."""

    source: Revisions
    """Where revisions come from."""
    check: Commands = ("make setup", "make check", "make test", ".venv/bin/mlops release")
    """Commands that a revision must pass and that write its manifest; not run with ``upstream``."""
    preview: Commands = ("make setup", RELEASED, 'pulumi preview --diff --stack "$STACK"')
    """Commands that show what would change, before somebody approves."""
    deploy: Commands = (
        "make setup",
        RELEASED,
        'pulumi up --yes --skip-preview --stack "$STACK"',
        '.venv/bin/mlops verify -s "$STACK"',
    )
    """Commands that change the stack, once it was approved."""
    compute_type: Literal[
        "BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"
    ] = "BUILD_GENERAL1_MEDIUM"
    """CodeBuild compute: 3, 7 or 15 GiB of memory; billed per minute of build."""
    timeout_minutes: Annotated[int, Field(ge=5, le=2160)] = 120
    """Each build is stopped after this many minutes (5-2160); a canary must fit within."""


class Deployment(Settings):
    """Who changes the stack, and from where."""

    github: GitHub | None = None
    """Roles for workflows of a GitHub repository; null makes none."""
    gitlab: GitLab | None = None
    """Roles for pipelines of a GitLab project; null makes none."""
    pipeline: Pipeline | None = None
    """A pipeline within AWS, for teams that stay there; null makes none."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which deployments read and write; null where it is elsewhere."""

    @property
    def outside(self) -> GitHub | GitLab | None:
        """Who deploys from outside AWS."""
        return self.github or self.gitlab

    @model_validator(mode="after")
    def _one_deploys_from_outside(self) -> Self:
        if self.github is not None and self.gitlab is not None:
            rule = "must be null with github: the roles have the same names"
            raise at("gitlab", rule, self.gitlab.project, beside=("github",))
        return self
