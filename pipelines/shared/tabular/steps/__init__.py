"""The steps that a use case on one table need not write itself."""
