"""The mlops command line."""
