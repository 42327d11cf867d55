"""How long fault tests run: a few rounds in `make test`, many in `make soak`."""

from __future__ import annotations

import os
import random

# Set MISSIVE_SEED to repeat a run that failed; kills still fall where the machine lets them.
SEED = int(os.environ.get("MISSIVE_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)

# Property tests look for what nobody has seen yet when asked to, not in each run for every change.
EXPLORES = bool(os.environ.get("MISSIVE_SEED") or os.environ.get("MISSIVE_SOAK"))


def rounds(usual: int) -> int:
    """Return how many rounds to do: MISSIVE_SOAK times the usual number."""
    return usual * max(1, int(os.environ.get("MISSIVE_SOAK", "1")))


def dice(name: str) -> random.Random:
    """Return the source of chance of one test; a failing test shows the seed that it prints."""
    print(f"MISSIVE_SEED={SEED}")
    return random.Random(f"{SEED} {name}")
