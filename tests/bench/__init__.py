"""Benchmarks: every figure the product is held to, with its peers in the same run."""
