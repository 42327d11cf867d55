"""What the routes work with, put together once by `serve`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from nacl.signing import SigningKey

from missive_server.auth.gate import Gate
from missive_server.blobs.place import Place
from missive_server.config import Config
from missive_server.database.store import Store
from missive_server.http.guard import Rates
from missive_server.metrics import Metrics
from missive_server.service.writing import Writer
from missive_server.stream.opening import Stream


@dataclass(frozen=True)
class Parts:
    config: Config
    metrics: Metrics
    rates: Rates
    store: Store
    place: Place
    writer: Writer
    stream: Stream
    gate: Gate
    key: SigningKey  # signs checkpoints
    now: Callable[[], int]  # milliseconds; never goes back
    stopping: asyncio.Event  # who waits for news is answered now
