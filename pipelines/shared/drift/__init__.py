"""Drift statistics: what every use case compares its data with."""
