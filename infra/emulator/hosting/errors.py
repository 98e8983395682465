"""What goes wrong between an endpoint and its containers."""

from __future__ import annotations


class HostingError(Exception):
    """Base of the errors of this package.

    HostingError
    ├── StartError             a model's container did not come up
    ├── UnreachableError       a running container does not answer any more
    └── InvocationRefusedError a request that does not reach the model
    """


class StartError(HostingError):
    """The model cannot be served; the message becomes the endpoint's ``FailureReason``."""


class UnreachableError(HostingError):
    """The container closed the connection without an answer."""


class InvocationRefusedError(HostingError):
    """A request that does not reach the model; the message goes to the caller."""
