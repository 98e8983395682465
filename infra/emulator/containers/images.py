"""Which images run here, and what their processes find imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infra.emulator.containers.model import UnknownImageError


@dataclass(frozen=True, slots=True)
class Family:
    """Images that share libraries, and so share a warm parent."""

    name: str
    repositories: tuple[str, ...]
    preload: tuple[str, ...]
    spark: bool = False
    """Runs by the Python of ``.venv-spark``, one process for a job's instances together."""


SPARK_PYTHON = Path(__file__).parents[3] / ".venv-spark" / "bin" / "python"

_BOTO = ("boto3", "botocore.session", "s3transfer")
_DATA = ("numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "pyarrow.pandas_compat", *_BOTO)
_SKLEARN = ("scipy", "scipy.stats", "sklearn", "sklearn.metrics", "sklearn.model_selection")

# Without torch where it is not installed, as in this project's own environment.
_TORCH = ("pytorch-training",)

FAMILIES = (
    Family("base", ("sagemaker-base-python", "sagemaker-data-science"), ("boto3",)),
    Family("scikit-learn", ("sagemaker-scikit-learn",), (*_DATA, *_SKLEARN)),
    Family("xgboost", ("sagemaker-xgboost",), (*_DATA, *_SKLEARN, "xgboost", "xgboost.sklearn")),
    Family("pytorch", _TORCH, _BOTO),
    Family("spark", ("sagemaker-spark-processing",), (), spark=True),
)


def family_of(image: str) -> Family:
    """Return the family of an image by the name of its repository.

    Raises:
        UnknownImageError: no family has that repository, or what it needs is not installed.
    """
    repository = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    for family in FAMILIES:
        if repository in family.repositories:
            if family.spark and not SPARK_PYTHON.exists():
                raise UnknownImageError(f"image {image}: pyspark is not installed: make spark")
            return family
    known = ", ".join(name for family in FAMILIES for name in family.repositories)
    raise UnknownImageError(f"image {image} is not emulated; known families: {known}")
