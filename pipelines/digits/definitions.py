"""The pipelines of the digits use case."""

from __future__ import annotations

from pipelines.digits.images import (
    SERVING_ENVIRONMENT,
    evaluation_image,
    serving_image,
    training_image,
)
from pipelines.settings import BuildSettings
from pipelines.shared.drift_pipeline import drift
from pipelines.shared.features_pipeline import features
from pipelines.shared.jobs import Code
from pipelines.shared.training_pipeline import Model, train

__all__ = ["SERVING_ENVIRONMENT", "definitions", "serving_image"]


def definitions(settings: BuildSettings, code: Code) -> dict[str, str]:
    """Return the definition of each pipeline.

    Raises:
        ValueError: the settings ask for what this use case has not: batches, or features by Spark.
    """
    if settings.batch_instance_type:
        raise ValueError("batch_scoring must be null for digits: nothing lists a day's images")
    if settings.features_engine != "pandas":
        raise ValueError(
            f"features.engine must be pandas for digits, got {settings.features_engine}"
        )
    return {
        "features": features(settings, code),
        "training": train(settings, code, network(settings)),
        "drift": drift(settings, code),
    }


def network(settings: BuildSettings) -> Model:
    """Return how the network is trained and served."""
    return Model(
        image=training_image(settings),
        evaluation_image=evaluation_image(settings),
        serving_image=serving_image(settings),
        serving_environment=SERVING_ENVIRONMENT,
        objective="accuracy",
        fixed={"epochs": "10", "batch_size": "128"},
        continuous=[
            {
                "Name": "learning_rate",
                "MinValue": "0.004",
                "MaxValue": "0.02",
                "ScalingType": "Logarithmic",
            },
            {"Name": "dropout", "MinValue": "0.05", "MaxValue": "0.3", "ScalingType": "Linear"},
        ],
    )
