"""The components as a Pulumi package: what every language declares them with."""
