"""LocalStack, where it is installed: what it has of a stack, and whether it acts."""
