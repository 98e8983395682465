"""What one use case sets: compute, approval, serving, drift, retraining, delivery."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.batch_scoring import BatchScoring
from stacks.charter import Charter
from stacks.compute import Processing, Training, Tuning
from stacks.delivery import Delivery
from stacks.feature_store import FeatureStorage
from stacks.features import Features
from stacks.kubernetes import UseCaseKubernetes
from stacks.metadata import Records
from stacks.monitoring import Drift, Retraining
from stacks.serving import Serving
from stacks.settings import Settings, at
from stacks.streaming import Streaming


class UseCase(Settings):
    """One use case: one loop from raw data to a served model."""

    charter: Charter | None = None
    """What the use case is for, who answers for it, its label, and its data sources."""
    processing: Processing
    """Compute of the steps that prepare, check and compare data."""
    features: Features = Features()
    """What makes features of raw data."""
    training: Training
    """Compute of the training jobs."""
    tuning: Tuning = Tuning()
    """Size of the hyperparameter search."""
    approval: Literal["automatic", "manual"]
    """``automatic`` approves what beat the live model; ``manual`` leaves it to a person."""
    minimum_gain: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """A challenger is registered when its objective, AUC or accuracy, on held-out data is higher by
    this or more (0-1)."""
    serving: Serving
    """The endpoint that answers."""
    batch_scoring: BatchScoring | None = None
    """What scores a day's rows at once, beside the endpoint; null for none."""
    drift: Drift
    """When drift is measured and from where on it alarms."""
    retraining: Retraining = Retraining()
    """What the retraining gate lets through."""
    records: Records = Records()
    """What is written down of each version beside the registry."""
    feature_store: FeatureStorage = FeatureStorage()
    """How the feature groups are kept."""
    streaming: Streaming = Streaming()
    """Streams that feed feature groups beside the batches."""
    kubernetes: UseCaseKubernetes | None = None
    """What of it runs on the stack's cluster, beside SageMaker; null for nothing."""
    delivery: Delivery
    """How an approved version reaches the endpoint."""

    @model_validator(mode="after")
    def _a_shadow_waits_for_approval(self) -> Self:
        if self.serving.shadow is not None and self.approval == "automatic":
            raise at(
                "approval",
                "must be manual beside a shadow: what is approved at once is never shadowed",
                self.approval,
                beside=("serving.shadow",),
            )
        return self
