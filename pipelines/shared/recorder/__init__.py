"""Writes down each version of a model where people look for it: its card, its run."""
