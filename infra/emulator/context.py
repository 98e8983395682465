"""What the parts of one running emulator share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.wrappers import Request, Response

from infra.emulator.clock import Clock
from infra.emulator.credentials import Credentials
from infra.emulator.work import Work

if TYPE_CHECKING:
    from infra.emulator.autoscaling.scaling import Scaling
    from infra.emulator.codebuild.builds import Builds
    from infra.emulator.hosting.metrics import Metrics

Route = Callable[[Request], Response | None]
"""Answers a request, or returns ``None`` to leave it to the next route and at last to moto."""


class EventSink(Protocol):
    """Puts an event of an AWS service on the default bus."""

    def __call__(
        self,
        *,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: list[str],
        region: str,
    ) -> None:
        """Match rules and deliver in the background; never raises for a target that fails."""


class LambdaInvoker(Protocol):
    """Runs a Lambda function that moto holds, in a local process."""

    def __call__(self, function_arn: str, payload: bytes) -> LambdaResult:
        """Invoke synchronously.

        Raises:
            LookupError: there is no such function.
        """


@dataclass(frozen=True, slots=True)
class LambdaResult:
    """What an invocation answered."""

    payload: bytes
    function_error: str | None
    """``Unhandled`` when the handler raised, timed out or exited; then the payload tells."""
    log_tail: str


@dataclass(slots=True)
class Context:
    """One emulator, to which ``server.py`` attaches parts by their ``install(context)``."""

    home: Path
    """Scratch directory, removed when the emulator stops."""
    workspace: Path
    """The project's directory: what a CodeBuild project without a source of its own builds."""
    account_id: str
    clock: Clock
    work: Work
    endpoint_url: str = ""
    """Set once the server listens; before that, empty."""
    routes: list[Route] = field(default_factory=list)
    """Tried in order before moto sees a request."""
    on_stop: list[Callable[[], None]] = field(default_factory=list)
    """Called in reverse order when the emulator stops."""
    on_settled: list[Callable[[], None]] = field(default_factory=list)
    """Called when the clock is moved or a test asks to settle: flush what AWS would buffer."""
    events: EventSink = field(init=False)
    invoke_lambda: LambdaInvoker = field(init=False)
    credentials: Credentials = field(init=False)
    builds: Builds = field(init=False)
    scaling: Scaling = field(init=False)
    endpoint_metrics: Metrics = field(init=False)

    def client(self, service: str, region: str, *, role_arn: str | None = None) -> Any:  # noqa: ANN401 - one type per service
        """Return a boto3 client of this emulator, as the account or as an assumed role."""
        return self.credentials.client(service, region, role_arn=role_arn)

    def environment(self, region: str, role_arn: str | None) -> dict[str, str]:
        """Return what a child process needs to reach this emulator with boto3 as that role.

        ``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_DEFAULT_REGION``, credentials of an assumed role
        session, ``AWS_EC2_METADATA_DISABLED``; nothing of this process's own environment but
        ``PATH``, ``HOME``, ``LANG`` and ``TMPDIR``.
        """
        return self.credentials.environment(region, role_arn)
