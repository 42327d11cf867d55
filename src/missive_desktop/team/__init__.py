"""The team engine: what a team shares, kept in step through the sync server."""
