"""What the server is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One server's settings; SageMaker's own names where it has one."""

    model_dir: Path
    """``SM_MODEL_DIR``: what ``model.tar.gz`` holds."""
    program: str
    """``SAGEMAKER_PROGRAM``: the module with ``model_fn`` and the others."""
    code_dir: Path
    """``SAGEMAKER_SUBMIT_DIRECTORY``: where it lies; ``code`` of the model by default."""
    port: int
    """``SAGEMAKER_BIND_TO_PORT``."""
    socket: str | None
    """``SERVER_SOCKET``: path of a Unix socket to serve on, instead of the port."""
    accept: str
    """``SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT``: what is answered where a request does not say."""
    model_data_url: str | None
    """``MODEL_DATA_URL``: ``s3://`` URI of a ``model.tar.gz``, for an empty ``model_dir``."""
    model_data_sha256: str | None
    """``MODEL_DATA_SHA256``: what the archive's digest must be, in hex; unchecked where unset."""
    max_model_mib: int
    """``MAX_MODEL_MIB``: of the archive, and of what it unpacks to."""
    max_batch_rows: int
    """``MAX_BATCH_ROWS``: predicted in one call; a request of more rows is predicted by itself."""
    max_delay_ms: float
    """``MAX_DELAY_MS``: the longest that requests wait for others to join them."""
    max_queue_requests: int
    """``MAX_QUEUE_REQUESTS``: waiting at once; those beyond are answered 503."""
    max_body_mib: float
    """``MAX_BODY_MIB``: of one request; a larger one is answered 413."""
    request_timeout_seconds: float
    """``REQUEST_TIMEOUT_SECONDS``: from arrival to answer, then 504; SageMaker waits 60 s.
    A prediction that takes longer makes ``/ping`` answer 503."""
    drain_seconds: float
    """``DRAIN_SECONDS``: from SIGTERM on, for what is under way; SageMaker kills after 30 s."""
    device: str
    """``DEVICE``: ``cuda``, ``cpu``, or ``auto``: a GPU where one is visible."""
    num_threads: int
    """``NUM_THREADS``: of a prediction on the CPU; one core is left to reading and writing."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment.

        Raises:
            ValueError: a value is none that its setting takes.
        """
        model_dir = Path(environment.get("SM_MODEL_DIR") or "/opt/ml/model")
        code = environment.get("SAGEMAKER_SUBMIT_DIRECTORY") or str(model_dir / "code")
        if "://" in code:
            raise ValueError(f"SAGEMAKER_SUBMIT_DIRECTORY must be a folder, got {code}")
        url = environment.get("MODEL_DATA_URL") or None
        if url is not None and not url.startswith("s3://"):
            raise ValueError(f"MODEL_DATA_URL must be s3://BUCKET/KEY, got {url}")
        device = environment.get("DEVICE") or "auto"
        if device not in DEVICES:
            raise ValueError(f"DEVICE must be one of {', '.join(DEVICES)}, got {device}")

        def number(name: str, fallback: float, low: float, high: float) -> float:
            text = environment.get(name) or str(fallback)
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            if not low <= value <= high:
                raise ValueError(f"{name} must be {low:g} to {high:g}, got {text}")
            return value

        def whole(name: str, fallback: int, low: int, high: int) -> int:
            value = number(name, fallback, low, high)
            if value != int(value):
                raise ValueError(f"{name} must be a whole number, got {value:g}")
            return int(value)

        return cls(
            model_dir=model_dir,
            program=environment.get("SAGEMAKER_PROGRAM") or "inference.py",
            code_dir=Path(code),
            port=whole("SAGEMAKER_BIND_TO_PORT", 8080, 1, 65_535),
            socket=environment.get("SERVER_SOCKET") or None,
            accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or "application/json",
            model_data_url=url,
            model_data_sha256=environment.get("MODEL_DATA_SHA256") or None,
            max_model_mib=whole("MAX_MODEL_MIB", 8192, 1, 1_048_576),
            max_batch_rows=whole("MAX_BATCH_ROWS", 64, 1, 65_536),
            max_delay_ms=number("MAX_DELAY_MS", 2, 0, 60_000),
            max_queue_requests=whole("MAX_QUEUE_REQUESTS", 512, 1, 65_536),
            max_body_mib=number("MAX_BODY_MIB", 25, 0.001, 1024),
            request_timeout_seconds=number("REQUEST_TIMEOUT_SECONDS", 60, 0.001, 3600),
            drain_seconds=whole("DRAIN_SECONDS", 25, 0, 3600),
            device=device,
            num_threads=whole("NUM_THREADS", max(1, cores() - 1), 1, 1024),
        )


def cores() -> int:
    """Return how many cores this process may use: those bound to it, or its container's quota."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return bound or 1
    if quota == "max":
        return bound or 1
    return max(1, min(bound or 1, round(int(quota) / int(period))))
