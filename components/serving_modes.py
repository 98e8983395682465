"""How an endpoint is asked, and on what it runs."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True, slots=True)
class Asynchronous:
    """Requests wait in a queue and are read from S3; answers go there."""

    bucket: pulumi.Input[str]
    """Bucket of requests, answers and failures."""
    requests_prefix: str
    """Where requests lie in it; the endpoint may read these only."""
    answers_prefix: str
    """Where answers go, without slashes at its ends."""
    failures_prefix: str
    """Where it is told why there is no answer."""
    topic_key_arn: pulumi.Input[str]
    """Customer key of the two topics on which answers and failures are announced."""
    max_concurrent_invocations: int = 4
    """Requests that one instance works on at once (1-1000)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Serverless:
    """No instances: containers come and go with the requests.

    SageMaker offers neither VPC nor network isolation nor data capture for it.
    """

    memory_mib: int = 2048
    """1024-6144, in steps of 1024."""
    max_concurrency: int = 20
    """Requests served at once (1-200)."""
    provisioned_concurrency: int | None = None
    """Containers kept warm; by default none is."""
