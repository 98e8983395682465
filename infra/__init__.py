"""Composes components, pipelines and stacks: program, offline graph, emulator, command line."""
