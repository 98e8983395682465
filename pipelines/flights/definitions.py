"""The pipelines of the flights use case."""

from __future__ import annotations

from pipelines.flights.batch_pipeline import batch
from pipelines.flights.images import SERVING_ENVIRONMENT, model_image, serving_image
from pipelines.settings import BuildSettings
from pipelines.shared.drift_pipeline import drift
from pipelines.shared.features_pipeline import features
from pipelines.shared.jobs import Code
from pipelines.shared.training_pipeline import Model, train

__all__ = ["SERVING_ENVIRONMENT", "definitions", "serving_image"]


def definitions(settings: BuildSettings, code: Code) -> dict[str, str]:
    """Return the definition of each pipeline that the settings ask for."""
    scoring = {"batch": batch(settings, code)} if settings.batch_instance_type else {}
    return scoring | {
        "features": features(settings, code),
        "training": train(settings, code, boosted_trees(settings)),
        "drift": drift(settings, code),
    }


def boosted_trees(settings: BuildSettings) -> Model:
    """Return how XGBoost is trained and served."""
    return Model(
        image=model_image(settings),
        evaluation_image=model_image(settings),
        serving_image=serving_image(settings),
        serving_environment=SERVING_ENVIRONMENT,
        objective="auc",
        fixed={"rounds": "150"},
        integers=[{"Name": "max_depth", "MinValue": "4", "MaxValue": "6", "ScalingType": "Linear"}],
        continuous=[
            {
                "Name": "learning_rate",
                "MinValue": "0.05",
                "MaxValue": "0.15",
                "ScalingType": "Logarithmic",
            },
            {
                "Name": "min_child_weight",
                "MinValue": "1",
                "MaxValue": "20",
                "ScalingType": "Logarithmic",
            },
        ],
    )
