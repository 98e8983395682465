"""Tests of the emulator: apigateway."""
