"""Shared inboxes and teams as the window knows them: rows made mail, and what members do."""
