"""What a person looks at: a CloudWatch dashboard for a team, and one for each of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._place import here
from components._widgets import ModelView, model_body, team_body


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchedModel:
    """What is shown of one model: its endpoint, drift, runs and decisions."""

    name: str
    """Of the use case, shown as title."""
    endpoint_name: str
    dimensions: Mapping[str, str]
    """CloudWatch dimensions of the platform's own metrics of this model."""
    metric_namespace: str
    feature_groups: Sequence[str]
    """Values of the dimension ``FeatureGroup``."""
    feature_threshold: float
    prediction_threshold: float
    drop_threshold: float
    pipeline_names: Sequence[pulumi.Input[str]]
    function_names: Sequence[pulumi.Input[str]]
    api_name: str
    alarm_arns: Sequence[pulumi.Input[str]]
    decisions_log_group: str
    variants: Sequence[str] = ("live",)
    scores_batches: bool = False
    """Draw how many predictions its batches bring."""
    compares_shadow: bool = False
    """Something measures its shadow beside it."""
    objective: str = "Auc"
    """Metric by which the model is judged; its loss is the metric ``<objective>Drop``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardArgs:
    """Inputs of :class:`Dashboard`.

    Raises:
        ValueError: no model is named.
    """

    stack: str
    """Name of the team's dashboard, and start of the models' names."""
    models: Sequence[WatchedModel]
    """One dashboard each, and a row each on the team's."""
    runbooks_url: str
    """Linked from each model's dashboard."""

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("models must name one model or more, got none")


class Dashboard(pulumi.ComponentResource):
    """The dashboards of a stack; drawn from names alone, they stand before the first request.

    Raises:
        ValueError: two models bear one name.
    """

    names: Sequence[str]
    """Of the dashboards, the team's first."""

    def __init__(
        self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:Dashboard", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        views = [_view(model, args.runbooks_url) for model in args.models]
        team = pulumi.Output.all(*views).apply(lambda known: team_body(args.stack, known))
        aws.cloudwatch.Dashboard(
            f"{name}-team", dashboard_name=args.stack, dashboard_body=team, opts=child
        )
        for model, view in zip(args.models, views, strict=True):
            aws.cloudwatch.Dashboard(
                f"{name}-{model.name}",
                dashboard_name=f"{args.stack}-{model.name}",
                dashboard_body=view.apply(model_body),
                opts=child,
            )
        self.names = [args.stack, *(f"{args.stack}-{model.name}" for model in args.models)]
        self.register_outputs({"names": self.names})


def _view(model: WatchedModel, runbooks_url: str) -> pulumi.Output[ModelView]:
    return pulumi.Output.all(
        place=here(),
        pipelines=pulumi.Output.all(*model.pipeline_names),
        functions=pulumi.Output.all(*model.function_names),
        alarm_arns=pulumi.Output.all(*model.alarm_arns),
    ).apply(
        lambda known: ModelView(
            title=model.name,
            region=known["place"].region,
            endpoint=model.endpoint_name,
            variants=model.variants,
            dimensions=model.dimensions,
            metric_namespace=model.metric_namespace,
            feature_groups=model.feature_groups,
            feature_threshold=model.feature_threshold,
            prediction_threshold=model.prediction_threshold,
            drop_threshold=model.drop_threshold,
            pipelines=known["pipelines"],
            functions=known["functions"],
            api=model.api_name,
            alarm_arns=known["alarm_arns"],
            decisions_log_group=model.decisions_log_group,
            runbooks_url=runbooks_url,
            scores_batches=model.scores_batches,
            compares_shadow=model.compares_shadow,
            objective=model.objective,
        )
    )
