"""What other tools run and read of a stack, generated from what the stack declares."""
