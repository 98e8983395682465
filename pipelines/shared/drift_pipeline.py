"""The drift pipeline: join captured traffic with labels, compare it with the model's baseline."""

from __future__ import annotations

from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.settings import BuildSettings
from pipelines.shared.arguments import as_of_arguments, metric_arguments
from pipelines.shared.images import data_image
from pipelines.shared.jobs import Code, Input, processing
from pipelines.shared.sdk import RequestStep, definition, run_uri


def drift(settings: BuildSettings, code: Code) -> str:
    """Return the definition."""
    as_of = ParameterString(name="AsOf", default_value="")
    image = data_image(settings)
    join = RequestStep(
        "Join",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            image,
            "drift_join",
            arguments=[
                *as_of_arguments(as_of),
                "--endpoint",
                settings.name_prefix,
                "--raw-bucket",
                "${raw_bucket}",
                "--traffic-uri",
                run_uri("drift", "join", "traffic"),
            ],
            inputs=[],
            outputs={"traffic": run_uri("drift", "join", "traffic")},
            isolated=False,
        ),
    )
    compare = RequestStep(
        "Compare",
        StepTypeEnum.PROCESSING,
        processing(
            settings,
            code,
            image,
            "drift_compare",
            arguments=[
                "--artifacts-bucket",
                "${artifacts_bucket}",
                *metric_arguments(settings),
            ],
            inputs=[Input(path="traffic", uri=join.output("traffic"))],
            outputs={"drift": run_uri("drift", "compare", "drift")},
            isolated=False,
        ),
    )
    return definition(
        f"{settings.name_prefix}-drift", [as_of], [join, compare], region=settings.region
    )
