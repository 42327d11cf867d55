"""Finding or starting the engine of a profile: blocking, bounded, the same for all clients.

Two that start at once: one engine gets the profile's lock, the other ends and its client
connects to the first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from missive_desktop import errors
from missive_desktop.engine import frames, rendezvous
from missive_desktop.engine.channel import PipeChannel, SocketChannel
from missive_desktop.engine.protocol import PROTOCOL, Answer, Hello
from missive_desktop.errors import AlreadyRunning, EngineGone, KnownError, PeerBroken, UsageError
from missive_desktop.profile import Profile

_PATIENCE = 15.0  # seconds until an engine of this profile must have been reached
_OPENING = 120.0  # seconds an engine may take to open, migrate or check its store

_Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Reached:
    """A greeted engine. `process` is set when it was started from here."""

    channel: PipeChannel | SocketChannel
    pid: int
    process: _Process | None

    def let_go(self, patience: float) -> None:
        """Wait for the end of a process started from here; one that serves others lives on."""
        if self.process is None:
            return
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            threading.Thread(target=self.process.wait, name="engine-end", daemon=True).start()

    def abandon(self) -> None:
        """Hang up: nobody wants it any more."""
        self.channel.close()
        self.channel.close_incoming()
        self.let_go(0.0)

    def kill(self) -> None:
        """End an engine that hangs, at once; what it acknowledged is on disk."""
        if self.process is not None:
            self.process.kill()
        else:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)


def begin(profile: Profile, key: bytes) -> Future[Reached]:
    """Start the engine's process now, and wait for its greeting on a thread.

    For the window: the engine starts while Qt is being imported. To cancel what is returned is to
    hang up.
    """
    first = None if profile.address.exists() else _spawn(profile, key)
    future: Future[Reached] = Future()

    def finish() -> None:
        try:
            reached = reach(profile, key, first)
        except BaseException as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        if future.set_running_or_notify_cancel():
            future.set_result(reached)
        else:
            reached.abandon()

    threading.Thread(target=finish, name="engine-start", daemon=True).start()
    return future


def reach(profile: Profile, key: bytes, started: _Process | None = None) -> Reached:
    """Return the running engine of the profile, or a new one."""
    end = time.monotonic() + _PATIENCE
    while True:
        if started is None:
            channel = rendezvous.reach(profile, key)
            if channel is not None:
                greeting = _greeting(channel, None)
                if greeting is not None:
                    return Reached(channel, int(greeting["pid"]), None)
            started = _spawn(profile, key)
        pipe = _pipe(started)
        greeting = _greeting(pipe, started)
        if greeting is not None:
            return Reached(pipe, int(greeting["pid"]), started)
        started.wait()
        started = None
        if time.monotonic() > end:
            raise EngineGone(
                "Another program holds this profile and cannot be reached.",
                "End it, then try again.",
            )
        time.sleep(0.05)


def _greeting(channel: PipeChannel | SocketChannel, process: _Process | None) -> Any:
    """Wait for the first frame; None when another engine has the profile, or this one ends."""
    watch = threading.Timer(_OPENING, process.kill if process else channel.close)
    watch.daemon = True
    watch.start()
    try:
        answer = frames.decode_reply(channel.receive())
    except (EOFError, PeerBroken) as error:
        channel.close()
        channel.close_incoming()
        if process is None:
            return None
        raise EngineGone(
            "The mail engine could not start.", f"It ended with code {process.wait()}."
        ) from error
    finally:
        watch.cancel()
    if not isinstance(answer, Answer):
        raise PeerBroken("Window and mail engine do not understand each other.")
    if answer.error:
        channel.close()
        channel.close_incoming()
        if process is not None:
            process.wait()
        known = error_of(answer)
        if isinstance(known, AlreadyRunning):
            return None
        raise known
    if answer.result.get("protocol") != PROTOCOL:
        raise KnownError(
            "Another version of Missive runs with this profile.", "End it, then try again."
        )
    return answer.result


def error_of(answer: Answer) -> errors.Error:
    """Make the exception that the engine raised."""
    kind = getattr(errors, answer.error, KnownError)
    if kind is UsageError:
        return UsageError(answer.message)
    if isinstance(kind, type) and issubclass(kind, KnownError):
        return kind(answer.message, answer.advice)
    return KnownError(answer.message, answer.advice)


def command() -> list[str]:
    """Return how the engine's process is started; `-P` keeps the current folder out of it."""
    return [sys.executable, "-P", "-m", "missive_desktop.engine"]


def _spawn(profile: Profile, key: bytes) -> _Process:
    """Start the process and hand it profile and key through its pipe, never by argv."""
    noisy = "MISSIVE_DEBUG" in os.environ
    arguments: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": None if noisy else subprocess.DEVNULL,
        "bufsize": 0,
    }
    # Out of the terminal's group: Ctrl-C is for the client, the engine follows its end.
    if sys.platform == "win32":
        arguments["creationflags"] = (
            subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NEW_PROCESS_GROUP
        )
    else:
        arguments["start_new_session"] = True
    process = subprocess.Popen(command(), **arguments)
    payload = frames.encode(Hello(str(profile.directory), key))
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # its early death is seen when the greeting is awaited
        process.stdin.write(frames.header(len(payload)) + payload)
    return process


def _pipe(process: _Process) -> PipeChannel:
    assert process.stdin is not None
    assert process.stdout is not None
    channel = PipeChannel(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
    process.stdin.close()
    process.stdout.close()
    return channel
