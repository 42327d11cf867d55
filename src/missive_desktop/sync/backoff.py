"""How long to wait before the next try, and whether the machine has slept. Pure."""

from __future__ import annotations

FIRST = 1.0
LONGEST = 300.0
_SLEPT = 20.0  # seconds by which a wait may overrun before it means suspend


def delay(tries: int, roll: float, *, first: float = FIRST, longest: float = LONGEST) -> float:
    """Return seconds to wait after `tries` failures; `roll` in [0, 1) spreads the crowd."""
    full = min(longest, first * 2.0 ** min(max(tries - 1, 0), 30))
    return full * (0.5 + roll / 2)


def has_slept(waited: float, wall: float, monotonic: float) -> bool:
    """Tell whether the machine was suspended during a wait that was to take `waited` seconds.

    Some systems count sleep in the monotonic clock, others only in the wall clock.
    """
    return max(wall, monotonic) - waited > _SLEPT
