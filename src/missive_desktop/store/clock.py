"""What time it is, in the milliseconds that teams count in."""

from __future__ import annotations

import time


def now_ms() -> int:
    return time.time_ns() // 1_000_000
