"""What a stack is doing, read from AWS's own APIs alone."""
