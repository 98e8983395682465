"""The SageMaker SDK, as the definitions use it; importing this takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import boto3
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import ConfigurableRetryStep, Step, StepTypeEnum

from pipelines.shared.jobs import BUCKET, TAGS

_DESCRIBED = {
    StepTypeEnum.PROCESSING: "DescribeProcessingJobResponse",
    StepTypeEnum.TRAINING: "DescribeTrainingJobResponse",
    StepTypeEnum.TUNING: "DescribeHyperParameterTuningJobResponse",
    StepTypeEnum.TRANSFORM: "DescribeTransformJobResponse",
    StepTypeEnum.CREATE_MODEL: "DescribeModelOutput",
    StepTypeEnum.REGISTER_MODEL: "DescribeModelPackageOutput",
}


class RequestStep(ConfigurableRetryStep):  # type: ignore[misc] # the SDK is untyped
    """A step made of the request that SageMaker's API takes, passing faults tried again."""

    def __init__(
        self,
        name: str,
        kind: StepTypeEnum,
        request: dict[str, Any],
        *,
        property_files: Sequence[Any] = (),
        depends_on: Sequence[Step] = (),
    ) -> None:
        if kind is not StepTypeEnum.REGISTER_MODEL:  # a version takes none, its group has them
            request = {**request, "Tags": [*TAGS, *request.get("Tags", ())]}
        # Neither a model nor its package is a job: SageMaker refuses job retry policies on them.
        policies = [service_faults()]
        if kind not in {StepTypeEnum.CREATE_MODEL, StepTypeEnum.REGISTER_MODEL}:
            policies.append(job_faults())
        super().__init__(name, kind, depends_on=list(depends_on), retry_policies=policies)
        self._request = request
        self.property_files = list(property_files)
        self._properties = Properties(step_name=name, step=self, shape_name=_DESCRIBED[kind])

    @property
    def arguments(self) -> dict[str, Any]:
        """The request."""
        return self._request

    @property
    def properties(self) -> Any:  # noqa: ANN401 - follows botocore's shape
        """What later steps may refer to: SageMaker's description of the job."""
        return self._properties

    def output(self, name: str) -> Any:  # noqa: ANN401 - a reference
        """Refer to the S3 URI of a processing job's output."""
        return self._properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    def to_request(self) -> dict[str, Any]:
        """Return the step as the definition holds it."""
        request: dict[str, Any] = super().to_request()
        if self.property_files:
            request["PropertyFiles"] = [one.expr for one in self.property_files]
        return request


def service_faults() -> StepRetryPolicy:
    """Try again when the service itself fails or throttles."""
    return StepRetryPolicy(
        exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
        interval_seconds=10,
        max_attempts=3,
    )


def job_faults() -> SageMakerJobStepRetryPolicy:
    """Try again when there is no capacity or the job's machine fails."""
    return SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT],
        failure_reason_types=[
            SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
            SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
        ],
        interval_seconds=60,
        max_attempts=3,
    )


def run_uri(pipeline: str, *parts: str) -> Join:
    """Refer to where an execution keeps something."""
    execution = ExecutionVariables.PIPELINE_EXECUTION_ID
    return Join(on="/", values=[f"{BUCKET}/runs/{pipeline}", execution, *parts])


def definition(name: str, parameters: Sequence[Any], steps: Sequence[Step], *, region: str) -> str:
    """Return a pipeline's definition as JSON; calls nothing outside this process."""
    boto_session = boto3.Session(region_name=region)
    session = Session(boto_session=boto_session, default_bucket="unused")
    pipeline = Pipeline(
        name=name,
        parameters=list(parameters),
        steps=list(steps),
        sagemaker_session=session,
        # The SDK's own names of trials are numbers alone, which tell no pipeline's from another's.
        pipeline_experiment_config=PipelineExperimentConfig(
            ExecutionVariables.PIPELINE_NAME,
            Join(
                on="-",
                values=[
                    ExecutionVariables.PIPELINE_NAME,
                    ExecutionVariables.PIPELINE_EXECUTION_ID,
                ],
            ),
        ),
    )
    made: str = pipeline.definition()
    return made


def image(  # noqa: PLR0913 - what the SDK's tables are read by
    framework: str,
    version: str,
    *,
    region: str,
    instance_type: str,
    py_version: str = "py3",
    container_version: str | None = None,
    scope: str | None = None,
) -> str:
    """Return the URI of one of SageMaker's own images, read from the SDK's tables."""
    uri: str = image_uris.retrieve(
        framework,
        region=region,
        version=version,
        py_version=py_version,
        instance_type=instance_type,
        container_version=container_version,
        image_scope=scope,
    )
    return uri
