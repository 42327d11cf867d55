"""Missive Desktop: a private mail client for people and teams."""

__version__ = "0.1.0"
