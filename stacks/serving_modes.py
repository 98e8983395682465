"""What only asynchronous or only serverless endpoints have."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings import Settings, at


class Asynchronous(Settings):
    """An endpoint that takes requests from S3 into a queue and answers to S3."""

    max_concurrent_invocations: Annotated[int, Field(ge=1, le=1000)] = 4
    """Requests that one instance works on at once (1-1000)."""


class Serverless(Settings):
    """An endpoint without instances, billed for each request."""

    memory_mib: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    """Memory of each container in MiB, in SageMaker's steps; vCPUs grow with it."""
    max_concurrency: Annotated[int, Field(ge=1, le=200)] = 20
    """Requests served at once (1-200); further ones are refused."""
    provisioned_concurrency: Annotated[int, Field(ge=1, le=200)] | None = None
    """Containers kept warm (1-200), billed while they stand; null starts them on demand."""

    @model_validator(mode="after")
    def _no_more_warm_than_at_once(self) -> Self:
        warm = self.provisioned_concurrency
        if warm is not None and warm > self.max_concurrency:
            raise at(
                "provisioned_concurrency",
                f"must not exceed max_concurrency ({self.max_concurrency})",
                warm,
            )
        return self
