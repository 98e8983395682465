"""SageMaker's images that handle data, whatever the use case."""

from __future__ import annotations

from pipelines.settings import BuildSettings
from pipelines.shared import cluster
from pipelines.shared.sdk import image

SCIKIT_LEARN = "1.9-0"


def data_image(settings: BuildSettings) -> str:
    """Image of the steps that handle data."""
    return image(
        "sklearn",
        SCIKIT_LEARN,
        region=settings.region,
        instance_type=settings.processing_instance_type,
    )


def cluster_image(settings: BuildSettings) -> str:
    """Image of the steps that a Spark cluster runs."""
    return image(
        "spark",
        cluster.SPARK,
        region=settings.region,
        instance_type=settings.features_instance_type or settings.processing_instance_type,
        py_version=cluster.PYTHON,
        container_version=cluster.RELEASE,
    )
