"""The images that train and serve the model of flights."""

from __future__ import annotations

from pipelines.settings import BuildSettings
from pipelines.shared.sdk import image

XGBOOST = "3.2-0"

SERVING_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
}


def model_image(settings: BuildSettings) -> str:
    """Image of the jobs that train or run the model."""
    return image(
        "xgboost", XGBOOST, region=settings.region, instance_type=settings.training_instance_type
    )


def serving_image(settings: BuildSettings) -> str:
    """Image of the endpoint."""
    return model_image(settings)
