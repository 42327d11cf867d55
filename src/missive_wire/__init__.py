"""The contract between client and sync server: ids, entities, feed, routes, rules. Pure."""

__version__ = "0.1.0"  # of the client and of the server: they are released together
