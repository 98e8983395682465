"""Which jobs of GitHub or GitLab deploy: what their identity tokens say of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SHORT_LIVED = "short-lived"
"""GitHub environment of stacks that stand for the time of a pull request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHubJobs:
    """Jobs of a repository on GitHub.

    Raises:
        ValueError: no repository or environment, or one that IAM would read as a pattern.
    """

    repository: str
    """``owner/name`` on GitHub."""
    environment: str
    """GitHub environment that a job must run in to change anything; it asks for the approval."""
    short_lived: bool = False
    """Jobs of the environment ``short-lived`` may change things, too."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", self.repository):
            raise ValueError(f"repository must be owner/name, got {self.repository!r}")
        # IAM reads the first two as patterns and "$" as a variable; tokens hold a colon encoded.
        if not re.fullmatch(r"[^*?$:]+", self.environment):
            raise ValueError(f"environment must be one environment, got {self.environment!r}")

    @property
    def issuer(self) -> str:
        """Host of the identity provider."""
        return "token.actions.githubusercontent.com"

    @property
    def looks(self) -> list[str]:
        """Subjects that may preview: every branch and pull request of the repository."""
        return [f"repo:{self.repository}:{one}" for one in ("pull_request", "ref:refs/heads/*")]

    @property
    def changes(self) -> list[str]:
        """Subjects that may deploy: jobs of an environment."""
        names = (self.environment, *((SHORT_LIVED,) if self.short_lived else ()))
        return [f"repo:{self.repository}:environment:{name}" for name in names]


@dataclass(frozen=True, kw_only=True, slots=True)
class GitLabJobs:
    """Jobs of a project on GitLab; its tokens tell project and branch, and no environment.

    Raises:
        ValueError: no host, project or branch, or one with a wildcard where none may be.
    """

    project: str
    """``group/project``, with all its groups."""
    branch: str
    """Branch whose jobs change things; protected, with a protected environment for approvals."""
    host: str = "gitlab.com"
    """Where GitLab runs; AWS reads its keys from there."""
    previewing: Sequence[str] = ()
    """Further branches that may preview, ``*`` allowed; protected, too."""
    short_lived: Sequence[str] = ()
    """Branches whose jobs may change things for stacks of their own, ``*`` allowed."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", self.host):
            raise ValueError(f"host must be a host's name, got {self.host!r}")
        if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", self.project):
            raise ValueError(f"project must be group/project, got {self.project!r}")
        if not re.fullmatch(r"[\w./-]+", self.branch):
            raise ValueError(f"branch must be one branch, got {self.branch!r}")
        for one in (*self.previewing, *self.short_lived):
            if not re.fullmatch(r"[\w.-][\w./*-]*", one):
                raise ValueError(f"branches must have more than a wildcard, got {one!r}")

    @property
    def issuer(self) -> str:
        """Host of the identity provider."""
        return self.host

    @property
    def looks(self) -> list[str]:
        """Subjects that may preview."""
        return [self._subject(one) for one in (self.branch, *self.previewing, *self.short_lived)]

    @property
    def changes(self) -> list[str]:
        """Subjects that may deploy."""
        return [self._subject(one) for one in (self.branch, *self.short_lived)]

    def _subject(self, branch: str) -> str:
        return f"project_path:{self.project}:ref_type:branch:ref:{branch}"
