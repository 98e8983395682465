"""The features pipeline: extract, validate, transform, engineer, ingest a batch of raw data.

No step is cached: every execution has a batch of its own, and folders named after itself.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.flights.arguments import metric_arguments
from pipelines.flights.images import data_image
from pipelines.settings import BuildSettings
from pipelines.shared.jobs import Code, Input, processing
from pipelines.shared.sdk import RequestStep, definition, run_uri


def features(settings: BuildSettings, code: Code) -> str:
    """Return the definition."""
    marker = ParameterString(name="BatchMarker", default_value="")
    image = data_image(settings)

    def step(  # noqa: PLR0913 - what the steps differ in
        name: str,
        inputs: list[Input],
        output: str,
        arguments: list[Any],
        *,
        isolated: bool,
        after: list[Step] | None = None,
    ) -> RequestStep:
        request = processing(
            settings,
            code,
            image,
            f"features_{name.lower()}",
            arguments=arguments,
            inputs=inputs,
            outputs={output: run_uri("features", name.lower(), output)},
            isolated=isolated,
        )
        return RequestStep(name, StepTypeEnum.PROCESSING, request, depends_on=after or [])

    buckets = ["--artifacts-bucket", "${artifacts_bucket}"]
    extract = step(
        "Extract",
        [],
        "batch",
        ["--marker", marker, "--raw-bucket", "${raw_bucket}", *buckets],
        isolated=False,
    )
    batch = Input(path="batch", uri=extract.output("batch"))
    validate = step(
        "Validate",
        [batch],
        "violations",
        ["--now", ExecutionVariables.START_DATETIME, *metric_arguments(settings)],
        isolated=False,
    )
    transform = step("Transform", [batch], "clean", [], isolated=True, after=[validate])
    clean = Input(path="clean", uri=transform.output("clean"))
    engineer = step("Engineer", [clean], "records", [], isolated=True)
    records = Input(path="records", uri=engineer.output("records"))
    ingest = step(
        "Ingest",
        [batch, records],
        "ingested",
        ["--name-prefix", settings.name_prefix, *buckets],
        isolated=False,
    )
    return definition(
        f"{settings.name_prefix}-features",
        [marker],
        [extract, validate, transform, engineer, ingest],
        region=settings.region,
    )
