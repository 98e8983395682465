"""The scoring function that stands before an endpoint: what is alike whatever the use case."""
