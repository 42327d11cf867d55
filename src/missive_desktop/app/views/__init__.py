"""Widgets. They ask presenters, never the engine or the store."""
