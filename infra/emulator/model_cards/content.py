"""SageMaker's schema of a model card's content, as models of it.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Short = Annotated[str, Field(max_length=1024)]
Long = Annotated[str, Field(max_length=2048)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
GroupName = Annotated[str, Field(min_length=1, max_length=63)]
Files = Annotated[list[Short], Field(max_length=15)]


class _Images(_Part):
    container_image: Files | None = None


class _Overview(_Part):
    model_description: Short | None = None
    model_owner: Short | None = None
    model_creator: Short | None = None
    problem_type: str | None = None
    algorithm_type: Short | None = None
    model_id: Short | None = None
    model_artifact: Files | None = None
    model_name: Short | None = None
    model_version: Annotated[int, Field(ge=1)] | None = None
    inference_environment: _Images | None = None


class _IntendedUses(_Part):
    purpose_of_model: Long | None = None
    intended_uses: Long | None = None
    factors_affecting_model_efficiency: Long | None = None
    risk_rating: Literal["High", "Medium", "Low", "Unknown"] | None = None
    explanations_for_risk_rating: Long | None = None


class _Business(_Part):
    business_problem: Long | None = None
    business_stakeholders: Long | None = None
    line_of_business: Long | None = None


class _Facet(_Part):
    function: Literal["Maximize", "Minimize"] | None = None
    facet: Annotated[str, Field(max_length=63)] | None = None
    condition: Annotated[str, Field(max_length=63)] | None = None


class _Objective(_Part):
    function: _Facet | None = None
    notes: Short | None = None


class _TrainingMetric(_Part):
    name: Name
    value: float
    notes: Short | None = None


class _HyperParameter(_Part):
    name: Name
    value: Annotated[str, Field(max_length=255)] | None = None


class _TrainingJob(_Part):
    training_arn: Short | None = None
    training_datasets: Files | None = None
    training_environment: _Images | None = None
    training_metrics: Annotated[list[_TrainingMetric], Field(max_length=50)] | None = None
    user_provided_training_metrics: (
        Annotated[list[_TrainingMetric], Field(max_length=50)] | None
    ) = None
    hyper_parameters: Annotated[list[_HyperParameter], Field(max_length=100)] | None = None
    user_provided_hyper_parameters: (
        Annotated[list[_HyperParameter], Field(max_length=100)] | None
    ) = None


class _Training(_Part):
    objective_function: _Objective | None = None
    training_observations: Short | None = None
    training_job_details: _TrainingJob | None = None


class _Metric(_Part):
    name: Name
    type: Literal["number", "string", "boolean", "bar_chart", "linear_graph", "matrix"]
    value: float | str | bool | list[Any]
    notes: Short | None = None
    x_axis_name: str | list[str] | None = None
    y_axis_name: str | list[str] | None = None


class _MetricGroup(_Part):
    name: GroupName
    metric_data: list[_Metric]


class _Evaluation(_Part):
    name: GroupName
    evaluation_observation: Annotated[str, Field(max_length=2096)] | None = None
    evaluation_job_arn: Annotated[str, Field(max_length=256)] | None = None
    datasets: Annotated[list[Short], Field(max_length=10)] | None = None
    metadata: dict[str, str] | None = None
    metric_groups: list[_MetricGroup] | None = None


class _Additional(_Part):
    ethical_considerations: Long | None = None
    caveats_and_recommendations: Long | None = None
    custom_details: dict[str, str] | None = None


class Content(_Part):
    """All of a card."""

    model_overview: _Overview | None = None
    intended_uses: _IntendedUses | None = None
    business_details: _Business | None = None
    training_details: _Training | None = None
    evaluation_details: list[_Evaluation] | None = None
    additional_information: _Additional | None = None


def faults(text: str) -> list[str]:
    """Return what breaks the schema in a card's content; empty where nothing does."""
    try:
        Content.model_validate_json(text)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, one['loc'])) or 'content'}: {one['msg']}" for one in error.errors()
        ]
    return []
