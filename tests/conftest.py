"""Fixtures that all tests share live beside the servers they start."""

# A module before those that import it: pytest rewrites the assertions of what it loads itself.
pytest_plugins = ["tests.servers.dovecot", "tests.servers.scripted", "tests.servers.gmail"]
