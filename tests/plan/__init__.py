"""Tests of the plan: what a change does, from the code alone."""
