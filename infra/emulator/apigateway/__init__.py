"""Invokes the REST APIs that moto holds."""
