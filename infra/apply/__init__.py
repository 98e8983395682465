"""Stands a resource graph up on an AWS endpoint, and takes it down."""
