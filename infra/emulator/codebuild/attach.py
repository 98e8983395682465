"""Attaches CodeBuild to an emulator."""

from __future__ import annotations

from moto.codebuild import responses
from moto.codebuild.responses import CodeBuildResponse

from infra.emulator.codebuild.api import methods, validate_artifacts, validate_source
from infra.emulator.codebuild.builds import Builds
from infra.emulator.context import Context
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Run builds, whoever starts them."""
    context.builds = Builds(context)
    context.on_stop.append(context.builds.stop_all)
    replace(context, responses, "_validate_required_params_source", validate_source)
    replace(context, responses, "_validate_required_params_artifacts", validate_artifacts)
    for name, method in methods(context.builds).items():
        replace(context, CodeBuildResponse, name, method)
