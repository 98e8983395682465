"""Tests of the emulator: core."""
