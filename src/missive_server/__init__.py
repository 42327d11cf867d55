"""The sync server: orders, authorizes, stores and pushes what a team shares, and cannot read it."""
