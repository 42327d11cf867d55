"""The contract between client and sync server: ids, entities, feed, routes, rules. Pure."""
