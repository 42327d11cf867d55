"""The sandbox that shows mail."""
