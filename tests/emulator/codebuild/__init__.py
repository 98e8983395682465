"""Tests of the emulator: codebuild."""
