"""Tests of each use case on one table, written with it."""
