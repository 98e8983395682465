"""Tests of delivery within AWS: pipelines that stand on the emulator."""
