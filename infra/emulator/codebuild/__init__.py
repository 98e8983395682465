"""Runs the builds that moto's CodeBuild only records, as local processes."""

from infra.emulator.codebuild.attach import install

__all__ = ["install"]
