"""What a change does to a stack, computed from two revisions of the code alone."""
