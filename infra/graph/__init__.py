"""The resource graph: everything a stack declares, evaluated in-process."""
