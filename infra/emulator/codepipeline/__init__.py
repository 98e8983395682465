"""Runs the pipelines that moto's CodePipeline calls succeeded as soon as they are started."""

from infra.emulator.codepipeline.attach import install

__all__ = ["install"]
