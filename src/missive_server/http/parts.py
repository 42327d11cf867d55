"""What the routes work with, put together once by `serve`."""

from __future__ import annotations

from dataclasses import dataclass

from missive_server.blobs.place import Place
from missive_server.config import Config
from missive_server.database.store import Store
from missive_server.http.guard import Rates
from missive_server.metrics import Metrics


@dataclass(frozen=True)
class Parts:
    config: Config
    metrics: Metrics
    rates: Rates
    store: Store
    place: Place
