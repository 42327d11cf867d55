"""Talking to mail servers. Knows nothing of the store."""
