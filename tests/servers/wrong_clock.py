"""A process whose wall clock is wrong by what a file says, and jumps when that is written anew.

`python -m tests.servers.wrong_clock FILE …` is `missive-server …` with such a clock.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def set_wrong(file: Path) -> None:
    """Let the clock of this process go wrong by so many milliseconds as stand in the file."""
    real = time.time_ns

    def wrong() -> int:
        return real() + int(file.read_text() or "0") * 1_000_000

    time.time_ns = wrong
    time.time = lambda: wrong() / 1e9


if __name__ == "__main__":
    set_wrong(Path(sys.argv.pop(1)))
    from missive_server.__main__ import main

    sys.exit(main(sys.argv[1:]))
