"""The images that train and serve the model of digits."""

from __future__ import annotations

from pipelines.server import tag
from pipelines.settings import BuildSettings
from pipelines.shared.sdk import image

TORCH, PYTHON = "2.10.0", "py313"
"""Newest of SageMaker's images for training."""

SERVING_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
}


def training_image(settings: BuildSettings) -> str:
    """Image of the jobs that train: with CUDA where the instance has a GPU."""
    return _training(settings, settings.training_instance_type)


def evaluation_image(settings: BuildSettings) -> str:
    """Image of the job that measures, on a machine for data."""
    return _training(settings, settings.processing_instance_type)


def _training(settings: BuildSettings, instance_type: str) -> str:
    return image(
        "pytorch",
        TORCH,
        region=settings.region,
        instance_type=instance_type,
        py_version=PYTHON,
        scope="training",
    )


def serving_image(settings: BuildSettings) -> str:
    """Image of the endpoint: our own model server, in the registry of the stack's account."""
    registry = f"${{account_id}}.dkr.ecr.{settings.region}.amazonaws.com"
    return tag.image(registry, settings.stack)
