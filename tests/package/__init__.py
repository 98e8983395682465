"""The components as a package for every Pulumi language."""
