"""A use case on one table of rows: all that follows from its declared columns."""
