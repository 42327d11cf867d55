"""News to those who listen: the hub, its WebSockets and long polls, presence, and several nodes."""
