"""What ``components.serving_modes`` is in plain values."""

from typing import NotRequired, TypedDict

import pulumi


class Asynchronous(TypedDict):
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
    max_concurrent_invocations: NotRequired[int]
    """Requests that one instance works on at once (1-1000).

    By default `4`."""


class Serverless(TypedDict):
    """No instances: containers come and go with the requests.

    SageMaker offers neither VPC nor network isolation nor data capture for it.
    """

    memory_mib: NotRequired[int]
    """1024-6144, in steps of 1024.

    By default `2048`."""
    max_concurrency: NotRequired[int]
    """Requests served at once (1-200).

    By default `20`."""
    provisioned_concurrency: NotRequired[int]
    """Containers kept warm; by default none is."""
