"""PDFs as pictures of their pages, made by a process of its own that may die or hang.

One process per document, one thread that talks to it, a clock that ends it. May be called from any
thread; the bytes never touch the disk.
"""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple, cast

from missive_desktop.app.presenters.pdf_frames import read_frame, write_frame
from missive_desktop.errors import KnownError

TIMEOUT = 15.0  # seconds for the document, and for each page
MAX_ANSWER = 64 * 1024 * 1024
_COMMAND = (sys.executable, "-P", "-m", "missive_desktop.app.presenters.pdf_process")


class Document(NamedTuple):
    """How many pages there are, and how large those are that can be shown, in points."""

    total: int
    sizes: tuple[tuple[float, float], ...]


class PdfPages:
    """Opens one document. After a failure every call fails with the same words."""

    def __init__(self, command: Sequence[str] = _COMMAND, timeout: float = TIMEOUT) -> None:
        self._command = tuple(command)
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pdf")
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: KnownError | None = None
        self._closed = threading.Event()

    def open(self, data: bytes) -> Future[Document]:
        """Start the process and hand it the document."""
        return self._thread.submit(self._open, data)

    def page(self, number: int, width: int) -> Future[bytes]:
        """Return the picture of a page as PNG, to come."""
        return self._thread.submit(self._page, number, width)

    def close(self) -> None:
        """End the process at once; what is waited for fails."""
        self._closed.set()
        if self._process is not None:
            self._process.kill()
        self._thread.submit(self._end)
        self._thread.shutdown(wait=False)

    def _open(self, data: bytes) -> Document:
        if self._closed.is_set():
            raise _stopped()
        arguments: dict[str, Any] = {}
        if sys.platform == "win32":
            arguments["creationflags"] = subprocess.CREATE_NO_WINDOW
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                **arguments,
            )
        except OSError as error:
            raise _stopped() from error
        answer = json.loads(self._asked(data))
        if "sizes" not in answer:
            self._fail(_locked() if answer.get("password") else _unreadable())
        sizes = tuple((float(width), float(height)) for width, height in answer["sizes"])
        return Document(int(answer["count"]), sizes)

    def _page(self, number: int, width: int) -> bytes:
        if self._failure is not None:
            raise self._failure
        return self._asked(struct.pack("<II", number, width))

    def _asked(self, question: bytes) -> bytes:
        process = self._process
        if process is None:
            raise _stopped()
        slow = threading.Event()
        clock = threading.Timer(self._timeout, lambda: _end_slow(process, slow))
        clock.daemon = True
        clock.start()
        try:
            write_frame(cast(BinaryIO, process.stdin), question)
            answer = read_frame(cast(BinaryIO, process.stdout), MAX_ANSWER)
        except OSError:
            answer = None
        finally:
            clock.cancel()
        if answer is None:
            self._fail(_slow() if slow.is_set() else _stopped())
        return answer or b""

    def _fail(self, failure: KnownError) -> None:
        self._failure = failure
        self._end()
        raise failure

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def _end_slow(process: subprocess.Popen[bytes], slow: threading.Event) -> None:
    slow.set()
    process.kill()


def _stopped() -> KnownError:
    return KnownError(
        "This PDF stopped the part of the program that draws it.",
        "Nothing else is harmed. Open it with another program if you trust it.",
    )


def _slow() -> KnownError:
    return KnownError(
        "This PDF takes too long to draw.", "Open it with another program if you trust it."
    )


def _locked() -> KnownError:
    return KnownError("This PDF asks for a password.", "Open it with another program.")


def _unreadable() -> KnownError:
    return KnownError("This PDF cannot be read.", "It may be damaged or cut.")
