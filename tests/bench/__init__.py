"""Benchmarks: medians and ratios, each beside a peer or a floor in the same run."""
