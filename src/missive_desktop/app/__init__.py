"""The window. The only package that knows Qt, and it has no network."""
