"""The pipelines of the flights use case."""

from __future__ import annotations

from pipelines.flights.batch_pipeline import batch
from pipelines.flights.drift_pipeline import drift
from pipelines.flights.features_pipeline import features
from pipelines.flights.images import SERVING_ENVIRONMENT, serving_image
from pipelines.flights.training_pipeline import train
from pipelines.settings import BuildSettings
from pipelines.shared.jobs import Code

__all__ = ["SERVING_ENVIRONMENT", "definitions", "serving_image"]


def definitions(settings: BuildSettings, code: Code) -> dict[str, str]:
    """Return the definition of each pipeline that the settings ask for."""
    scoring = {"batch": batch(settings, code)} if settings.batch_instance_type else {}
    return scoring | {
        "features": features(settings, code),
        "training": train(settings, code),
        "drift": drift(settings, code),
    }
