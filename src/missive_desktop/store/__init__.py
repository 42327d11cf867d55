"""The encrypted disk: one module for each noun, functions over a connection."""
