"""One table of resource types: how each is created, read, updated and deleted."""
