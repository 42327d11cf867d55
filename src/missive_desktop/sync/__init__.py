"""The mail engine: plans, pulls, watches, replays and sends."""
