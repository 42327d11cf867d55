"""Serving shared inboxes: mail in, members' acts out, their mail sent; one device at a time."""
