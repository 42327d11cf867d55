"""Missive Desktop: a private mail client for people and teams."""

from missive_wire import __version__

__all__ = ["__version__"]
