"""Starting a team or a use case: files written as one, or none."""
