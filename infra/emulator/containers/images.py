"""Which images run here, and what their processes find imported."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from infra.emulator.containers.model import UnknownImageError


@dataclass(frozen=True, slots=True)
class Family:
    """Images that share libraries, and so share a warm parent."""

    name: str
    repositories: tuple[str, ...]
    preload: tuple[str, ...]
    environment: str = ""
    """Runs by the Python of ``.venv-<environment>``, which ``make <environment>`` makes; by the
    project's own where empty."""

    @property
    def python(self) -> Path:
        """The interpreter."""
        return python_of(self.environment) if self.environment else Path(sys.executable)


ROOT = Path(__file__).parents[3]
REMEDY = {
    "spark": "pyspark is not installed: make spark",
    "torch": "torch is not installed: make torch",
}
"""What is said where an environment was not made."""
SERVING = "serving"
"""Repository of our own model server's image (``pipelines/server``)."""

_BOTO = ("boto3", "botocore.session", "s3transfer")
_DATA = ("numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "pyarrow.pandas_compat", *_BOTO)
_SKLEARN = ("scipy", "scipy.stats", "sklearn", "sklearn.metrics", "sklearn.model_selection")

_SERVER = ("uvicorn", "uvloop", "httptools", "prometheus_client")

FAMILIES = (
    Family("base", ("sagemaker-base-python", "sagemaker-data-science"), ("boto3",)),
    Family("scikit-learn", ("sagemaker-scikit-learn",), (*_DATA, *_SKLEARN)),
    Family("xgboost", ("sagemaker-xgboost",), (*_DATA, *_SKLEARN, "xgboost", "xgboost.sklearn")),
    # One parent for all three: torch takes seconds to import, and hundreds of MiB.
    Family(
        "pytorch",
        ("pytorch-training", "pytorch-inference", SERVING),
        (*_DATA, *_SKLEARN, "torch", *_SERVER),
        environment="torch",
    ),
    Family("spark", ("sagemaker-spark-processing",), (), environment="spark"),
)


def python_of(environment: str) -> Path:
    """Return the Python of an environment beside the project's own, be it made or not."""
    return ROOT / f".venv-{environment}" / "bin" / "python"


def repository_of(image: str) -> str:
    """Return the last part of an image's repository."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def family_of(image: str) -> Family:
    """Return the family of an image by the name of its repository.

    Raises:
        UnknownImageError: no family has that repository, or what it needs is not installed.
    """
    repository = repository_of(image)
    for family in FAMILIES:
        if repository in family.repositories:
            if family.environment and not family.python.exists():
                raise UnknownImageError(f"image {image}: {REMEDY[family.environment]}")
            return family
    known = ", ".join(name for family in FAMILIES for name in family.repositories)
    raise UnknownImageError(f"image {image} is not emulated; known families: {known}")
