"""Tests, by what they need: unit, stacks, emulator, loop, engine."""
