"""What every request from window or command line to the engine is."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of all requests; the docstring of each says what its answer holds."""
