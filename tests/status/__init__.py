"""What a stack is doing, as AWS's APIs tell it."""
