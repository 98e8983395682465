"""What is run as a container, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ContainerError(Exception):
    """A container that cannot be started: ``UnknownImageError`` or the reason in words."""


class UnknownImageError(ContainerError):
    """The image belongs to no family that runs here."""


@dataclass(frozen=True, slots=True)
class Host:
    """One of several containers of a job, which reach one another by name."""

    name: str
    names: Path
    """What the process sees as ``/etc/hosts``."""
    beside: int = 0
    """Process whose network an isolated container shares; 0 for the first, which makes it."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container as SageMaker would start it."""

    image: str
    command: tuple[str, ...]
    """Entry point and arguments; ``python`` in any spelling runs in a warm interpreter."""
    environment: Mapping[str, str]
    opt_ml: Path
    """The host's directory that the process sees as ``/opt/ml``."""
    log_group: str
    log_stream: str
    timeout_seconds: float
    """Of real time; then SIGTERM, and SIGKILL once ``grace_seconds`` have passed."""
    role_arn: str | None
    """Whose credentials the process gets; ``None`` is network isolation: no credentials and, on
    Linux, no network but a loopback of its own; an empty text is a network without credentials."""
    region: str
    working_directory: str = "/"
    grace_seconds: float = 120.0
    """SageMaker gives 120 s between SIGTERM and SIGKILL."""
    host: Host | None = None
    """``None`` for a container that is alone."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    code: int
    """As a shell counts: 128 + n for signal n."""
    tail: tuple[str, ...]
    """The last lines it logged, at most ``TAIL_LINES``."""
    seconds: float
    """Real time from start to end."""
    timed_out: bool = False
    terminated: bool = False
    """Someone asked it to stop."""
    failure: str = ""
    """What it left in ``/opt/ml/output/failure``."""


TAIL_LINES = 20
FAILURE_LIMIT = 1024
"""Characters of the failure file that SageMaker reads."""
