"""The window's side of the companion: started, heard on a thread, let go of.

Knows no Qt; any asyncio loop will do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec

from missive_desktop.demo import lines
from missive_desktop.demo.lines import FromCompanion, Missing, Order

_LEAVING = 6.0  # seconds for it to clear up


class Companion:
    """`news` holds what it says; `Missing` is the last of it, whatever happened to the process."""

    def __init__(self, order: Order) -> None:
        arguments: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        if "MISSIVE_DEBUG" not in os.environ:
            arguments["stderr"] = subprocess.DEVNULL
        # Out of the terminal's group: Ctrl-C is for the window, the companion follows its end.
        if sys.platform == "win32":
            arguments["creationflags"] = (
                subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NEW_PROCESS_GROUP
            )
        else:
            arguments["start_new_session"] = True
        command = [sys.executable, "-P", "-m", "missive_desktop.demo"]
        self._process = subprocess.Popen(command, **arguments)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # its early death is heard soon enough
            self._process.stdin.write(lines.written(order))
            self._process.stdin.flush()
        self.news: asyncio.Queue[FromCompanion] = asyncio.Queue()
        self._kept: list[FromCompanion] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, name="companion", daemon=True).start()

    @classmethod
    def of(cls, folder: Path, profile: Path, now: int, *, live: bool) -> Companion:
        return cls(Order(str(folder), str(profile), now, live))

    def attend(self) -> None:
        """Put what it says into `news` of the running loop, and what it has said before."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            for line in self._kept:
                self.news.put_nowait(line)

    def close(self) -> None:
        """Let go of it, and wait until it has cleared up."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_LEAVING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as said:
            for line in said:
                with contextlib.suppress(msgspec.MsgspecError):
                    self._pass_on(lines.heard(line))
        self._pass_on(Missing("Its server has stopped."))

    def _pass_on(self, line: FromCompanion) -> None:
        with self._lock:
            if self._loop is None:
                self._kept.append(line)
                return
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self.news.put_nowait, line)
