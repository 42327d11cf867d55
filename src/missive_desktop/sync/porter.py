"""The process that helps a large pull, as seen from the pull: started late, ended early, optional.

Python runs one thread at a time: beside the writer, fetching and digesting get half of what two
processors could do. What the process did not bring, for whatever reason, the pull fetches itself,
and so meets the error where it knows what to do about it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

from missive_desktop.sync import parcels
from missive_desktop.sync.lines import Lines
from missive_desktop.sync.parcels import Order, Parcel, Start

WORTH = 1_500  # messages for which a process is started: it costs as much as a few hundred
_AGAIN = 20  # … or for which a running one is used
_PIPE_BYTES = 1 << 20
_PATIENCE = 5.0

_Process = subprocess.Popen[bytes]


class Porter:
    """For one thread, but for `abort`. It takes one of the account's connections while it runs."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._process: _Process | None = None
        self._lock = threading.Lock()
        self.failed = False

    @property
    def running(self) -> bool:
        """Whether the process was started; it may have ended since."""
        return self._process is not None

    def order(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool:
        """Ask for messages; False where it is not worth it or does not work."""
        if self.failed or len(uids) < (_AGAIN if self.running else WORTH):
            return False
        if self._process is None and not self._start():
            return False
        try:
            parcels.write(self._stdin(), Order(folder, uidvalidity, list(uids)))
        except OSError:
            self.fail()
            return False
        return True

    def boxes(self) -> Iterator[list[Parcel]]:
        """Yield what was ordered; it may end before all is there. Taken to the end, or `fail`."""
        assert self._process is not None
        stdout = cast(BinaryIO, self._process.stdout)
        while True:
            try:
                box = parcels.read_box(stdout)
            except (EOFError, OSError, ValueError):
                self.fail()
                return
            if not box:
                return
            yield box

    def abort(self) -> None:
        """End the process at once, from any thread; `boxes` ends with it."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def fail(self) -> None:
        """End the process and start none until `close`: what failed once would fail again."""
        self.failed = True
        self._end()

    def close(self) -> None:
        """End the process, if there is one."""
        self._end()
        self.failed = False

    def _start(self) -> bool:
        if not self._lines.spare():
            return False
        arguments: dict[str, Any] = {}
        if sys.platform == "win32":
            arguments["creationflags"] = subprocess.CREATE_NO_WINDOW
        if sys.platform == "linux":
            arguments["pipesize"] = _PIPE_BYTES
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "missive_desktop.sync.porter_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                **arguments,
            )
        except OSError:
            self._lines.give_back()
            self.failed = True
            return False
        with self._lock:
            self._process = process
        try:
            # By the pipe, never by argv.
            parcels.write(self._stdin(), Start(self._lines.settings, self._lines.secret))
        except OSError:
            self.fail()
            return False
        return True

    def _stdin(self) -> BinaryIO:
        assert self._process is not None
        return cast(BinaryIO, self._process.stdin)

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with self._lock:
            self._process = None
        self._lines.give_back()
