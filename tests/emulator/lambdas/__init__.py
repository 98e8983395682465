"""Tests of the emulator: lambdas."""
