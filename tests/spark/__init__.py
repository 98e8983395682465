"""The feature pipeline on Spark; needs `make spark`."""
