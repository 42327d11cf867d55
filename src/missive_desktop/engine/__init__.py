"""The façade: the process that owns network and store, and its client."""
