"""What a workflow tells people on GitHub or GitLab, with the standard library alone."""
