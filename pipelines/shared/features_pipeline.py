"""The features pipeline: extract, validate, transform, engineer, ingest a batch of raw data.

No step is cached: every execution has a batch of its own, and folders named after itself.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.settings import BuildSettings
from pipelines.shared.arguments import metric_arguments
from pipelines.shared.cluster import move, spark
from pipelines.shared.images import cluster_image, data_image
from pipelines.shared.jobs import Code, Input, processing
from pipelines.shared.sdk import RequestStep, definition, run_uri

BUCKETS = ("--artifacts-bucket", "${artifacts_bucket}")
HEAVY = frozenset({"Transform", "Engineer"})
"""Steps that run on ``features_instance_type``, for they hold the whole batch."""


def features(settings: BuildSettings, code: Code) -> str:
    """Return the definition."""
    marker = ParameterString(name="BatchMarker", default_value="")
    make = on_a_cluster if settings.features_engine == "spark" else on_one_machine
    return definition(
        f"{settings.name_prefix}-features",
        [marker],
        make(settings, code, marker),
        region=settings.region,
    )


def on_one_machine(settings: BuildSettings, code: Code, marker: ParameterString) -> list[Step]:
    """Return the steps of a batch that one machine can hold."""
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
        if name in HEAVY:
            move(request, settings)
        return RequestStep(name, StepTypeEnum.PROCESSING, request, depends_on=after or [])

    extract = step("Extract", [], "batch", _extracting(marker), isolated=False)
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
    ingest = step("Ingest", [batch, records], "ingested", _ingesting(settings), isolated=False)
    return [extract, validate, transform, engineer, ingest]


def on_a_cluster(settings: BuildSettings, code: Code, marker: ParameterString) -> list[Step]:
    """Return the steps of a batch of any size: what touches rows is done by Spark, in one step."""
    request = processing(
        settings,
        code,
        data_image(settings),
        "features_extract",
        arguments=[*_extracting(marker), "--in-place"],
        inputs=[],
        outputs={"batch": run_uri("features", "extract", "batch")},
        isolated=False,
    )
    extract = RequestStep("Extract", StepTypeEnum.PROCESSING, request)
    arguments = ["--now", ExecutionVariables.START_DATETIME, *metric_arguments(settings)]
    request = spark(
        settings,
        code,
        cluster_image(settings),
        "features_spark",
        arguments=[*arguments, *_ingesting(settings)],
        inputs=[Input(path="batch", uri=extract.output("batch"))],
        outputs={"ingested": run_uri("features", "spark", "ingested")},
    )
    return [extract, RequestStep("Spark", StepTypeEnum.PROCESSING, request)]


def _extracting(marker: ParameterString) -> list[Any]:
    return ["--marker", marker, "--raw-bucket", "${raw_bucket}", *BUCKETS]


def _ingesting(settings: BuildSettings) -> list[str]:
    return ["--name-prefix", settings.name_prefix, "--raw-bucket", "${raw_bucket}", *BUCKETS]
