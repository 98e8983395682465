"""Runs the functions that moto's Lambda only holds, each in a process of its own."""
