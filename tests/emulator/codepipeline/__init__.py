"""Tests of the emulator: codepipeline."""
