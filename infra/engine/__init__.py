"""A Pulumi resource provider on loopback over the same table, for the real engine."""
