"""What ``components.workflow_jobs`` is in plain values."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class GitHubJobs(TypedDict):
    """Jobs of a repository on GitHub."""

    repository: str
    """`owner/name` on GitHub."""
    environment: str
    """GitHub environment that a job must run in to change anything; it asks for the approval."""
    short_lived: NotRequired[bool]
    """Jobs of the environment `short-lived` may change things, too.

    By default `false`."""


class GitLabJobs(TypedDict):
    """Jobs of a project on GitLab; its tokens tell project and branch, and no environment."""

    project: str
    """`group/project`, with all its groups."""
    branch: str
    """Branch whose jobs change things; protected, with a protected environment for approvals."""
    host: NotRequired[str]
    """Where GitLab runs; AWS reads its keys from there.

    By default `gitlab.com`."""
    previewing: NotRequired[Sequence[str]]
    """Further branches that may preview, `*` allowed; protected, too."""
    short_lived: NotRequired[Sequence[str]]
    """Branches whose jobs may change things for stacks of their own, `*` allowed."""
