"""``mlops ui``: a local, read-only page of what a stack is doing."""
