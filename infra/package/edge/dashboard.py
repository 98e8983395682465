"""What ``components.dashboard`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class WatchedModel(TypedDict):
    """What is shown of one model: its endpoint, drift, runs and decisions."""

    name: str
    """Of the use case, shown as title."""
    endpoint_name: str
    dimensions: Mapping[str, str]
    """CloudWatch dimensions of the platform's own metrics of this model."""
    metric_namespace: str
    feature_groups: Sequence[str]
    """Values of the dimension `FeatureGroup`."""
    feature_threshold: float
    prediction_threshold: float
    drop_threshold: float
    pipeline_names: Sequence[pulumi.Input[str]]
    function_names: Sequence[pulumi.Input[str]]
    api_name: str
    alarm_arns: Sequence[pulumi.Input[str]]
    decisions_log_group: str
    variants: NotRequired[Sequence[str]]
    scores_batches: NotRequired[bool]
    """Draw how many predictions its batches bring.

    By default `false`."""
    compares_shadow: NotRequired[bool]
    """Something measures its shadow beside it.

    By default `false`."""
    objective: NotRequired[str]
    """Metric by which the model is judged; its loss is the metric `<objective>Drop`.

    By default `Auc`."""


class DashboardArgs(TypedDict):
    """Inputs of `Dashboard`."""

    stack: str
    """Name of the team's dashboard, and start of the models' names."""
    models: Sequence[WatchedModel]
    """One dashboard each, and a row each on the team's."""
    runbooks_url: str
    """Linked from each model's dashboard."""


class DashboardOutputs(TypedDict):
    """What ``Dashboard`` gives."""

    names: Sequence[str]
    """Of the dashboards, the team's first."""
