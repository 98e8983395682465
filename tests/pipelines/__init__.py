"""Compilation of the pipelines, and their steps from raw data to drift."""
