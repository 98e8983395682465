"""Pictures of a stack, drawn from its resource graph."""
