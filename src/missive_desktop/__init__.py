"""Missive Desktop: a private mail client for people and teams."""
