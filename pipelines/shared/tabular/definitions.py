"""The pipelines of a use case on one table, with XGBoost as its model."""

from __future__ import annotations

from pipelines.settings import BuildSettings
from pipelines.shared.drift_pipeline import drift
from pipelines.shared.features_pipeline import features
from pipelines.shared.jobs import Code
from pipelines.shared.sdk import image
from pipelines.shared.tabular.declared import METRICS, Declared
from pipelines.shared.training_pipeline import Model, train

XGBOOST = "3.2-0"

SERVING_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
}


def tabular(settings: BuildSettings, code: Code, declared: Declared) -> dict[str, str]:
    """Return the definition of each pipeline.

    Raises:
        ValueError: the settings ask for what such a use case has not.
    """
    if settings.batch_instance_type:
        raise ValueError(
            f"batch_scoring of {declared.use_case} must be null: it has no such pipeline"
        )
    if settings.features_engine != "pandas":
        raise ValueError(f"features.engine of {declared.use_case} must be pandas: it has no other")
    return {
        "features": features(settings, code),
        "training": train(settings, code, boosted_trees(settings, declared)),
        "drift": drift(settings, code),
    }


def model_image(settings: BuildSettings) -> str:
    """Return the image of the jobs that train or run the model, and of the endpoint."""
    return image(
        "xgboost", XGBOOST, region=settings.region, instance_type=settings.training_instance_type
    )


def boosted_trees(settings: BuildSettings, declared: Declared) -> Model:
    """Return how XGBoost is trained and served."""
    own = model_image(settings)
    return Model(
        image=own,
        evaluation_image=own,
        serving_image=own,
        serving_environment=SERVING_ENVIRONMENT,
        objective=METRICS[declared.problem][0],
        fixed={"rounds": "80"},
        integers=[{"Name": "max_depth", "MinValue": "3", "MaxValue": "6", "ScalingType": "Linear"}],
        continuous=[
            {
                "Name": "learning_rate",
                "MinValue": "0.05",
                "MaxValue": "0.2",
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
