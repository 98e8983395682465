"""The batch pipeline: score the flights planned for a day by the live version of the model.

No step is cached: every execution has a day and a moment of its own, and folders named after
itself.
"""

from __future__ import annotations

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.settings import BuildSettings
from pipelines.shared.arguments import as_of_arguments, metric_arguments
from pipelines.shared.images import data_image
from pipelines.shared.jobs import Code, Input, model, processing, transform
from pipelines.shared.sdk import RequestStep, definition, run_uri

FACTS = PropertyFile(name="Facts", output_name="facts", path="facts.json")


def batch(settings: BuildSettings, code: Code) -> str:
    """Return the definition."""
    name = f"{settings.name_prefix}-batch"
    as_of = ParameterString(name="AsOf", default_value="")
    date = ParameterString(name="Date", default_value="")
    extract = _extract(settings, code, as_of, date)
    version = JsonGet(step_name=extract.name, property_file=FACTS, json_path="model_package")
    made = RequestStep("Model", StepTypeEnum.CREATE_MODEL, model(settings, name, version))
    answer = RequestStep(
        "Transform",
        StepTypeEnum.TRANSFORM,
        transform(
            settings,
            name,
            made.properties.ModelName,
            source=extract.output("requests"),
            target=run_uri("batch", "transform"),
        ),
    )
    write = RequestStep(
        "Write",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            data_image(settings),
            "batch_write",
            arguments=[
                "--now",
                ExecutionVariables.START_DATETIME,
                "--artifacts-bucket",
                "${artifacts_bucket}",
                "--requests-uri",
                extract.output("requests"),
                "--model-name",
                made.properties.ModelName,
                *metric_arguments(settings),
            ],
            inputs=[
                Input(path="facts", uri=extract.output("facts")),
                Input(path="answers", uri=answer.properties.TransformOutput.S3OutputPath),
            ],
            outputs={"report": run_uri("batch", "write")},
            isolated=False,
        ),
    )
    return definition(name, [as_of, date], [extract, made, answer, write], region=settings.region)


def _extract(
    settings: BuildSettings, code: Code, as_of: ParameterString, date: ParameterString
) -> RequestStep:
    requests = run_uri("batch", "extract", "requests")
    return RequestStep(
        "Extract",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            data_image(settings),
            "batch_extract",
            arguments=[
                *as_of_arguments(as_of),
                "--date",
                Join(on="", values=[" ", date]),
                "--raw-bucket",
                "${raw_bucket}",
                "--artifacts-bucket",
                "${artifacts_bucket}",
                "--name-prefix",
                settings.name_prefix,
                "--requests-uri",
                requests,
                "--files",
                str(settings.batch_instance_count),
            ],
            inputs=[],
            outputs={"requests": requests, "facts": run_uri("batch", "extract", "facts")},
            isolated=False,
        ),
        property_files=[FACTS],
    )
