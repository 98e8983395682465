"""Streams that feed a use case's feature groups beside the batches."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.settings import Settings


class Streaming(Settings):
    """How records arrive between two batches."""

    enabled: bool = False
    """A Kinesis stream, and a function that reads it, for each group that the use case streams."""
    shard_count: Annotated[int, Field(ge=1, le=500)] | None = None
    """Shards, each 1 MB a second in (1-500); null lets Kinesis scale them, at a higher price."""
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24
    """Hours for which the stream keeps records, so that a broken function loses none (24-8760)."""
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Most records that the function is given at once (1-10000)."""
    window_seconds: Annotated[int, Field(ge=0, le=300)] = 1
    """Seconds for which a batch may gather (0-300)."""
    max_retries: Annotated[int, Field(ge=0, le=10_000)] = 5
    """Attempts after the first, before a batch that fails is given up (0-10000)."""
    max_age_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Hours after which a record that still fails is given up (1-168)."""
