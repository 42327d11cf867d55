"""Fixtures that all tests share live beside the servers they start."""

pytest_plugins = ["tests.servers.dovecot", "tests.servers.scripted"]
