"""Attaches CodePipeline to an emulator."""

from __future__ import annotations

from moto.codepipeline.responses import CodePipelineResponse

from infra.emulator.codepipeline.api import Pipelines
from infra.emulator.context import Context
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Run pipelines, whoever starts them."""
    for name, method in Pipelines(context).methods().items():
        replace(context, CodePipelineResponse, name, method)
