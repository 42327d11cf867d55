"""The whole window on sample mail touches no network: strace watches every process of it.

The demo brings a team along: its server, its members' engines and the window's own engine speak to
each other on this machine, and are told apart by what they were started as.
What hostile mail reaches is heard by the canary (`test_canary`).
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

# Chromium asks the kernel which address it would use for the world, by connecting a datagram
# socket. Nothing is sent; the address is its own constant, whatever is shown.
_ROUTE_QUESTION = 'inet_pton(AF_INET6, "2001:4860:4860::8888"'
_CONNECT = re.compile(r"connect\(\d+<(?P<kind>[A-Za-z0-9]+)[^>]*>.*sa_family=AF_INET")
_SEND = re.compile(r"(?:sendto|sendmsg|sendmmsg)\(\d+<(?:TCP|UDP|RAW|ICMP)")


_BORN = re.compile(r"^(\d+) .*(?:clone3?|v?fork)(?:\(| resumed).*\) *= (\d+)$")
_BEYOND = re.compile(r"execve\(.*\"missive_(?:desktop\.(?:engine|demo)|server)")
_HERE = ('"127.0.0.1"', "->127.0.0.1:")


def beyond_the_window(trace: str) -> set[str]:
    """Return the threads of processes that were started as an engine, a colleague or a server."""
    found: set[str] = set()
    for line in trace.splitlines():
        born = _BORN.match(line)
        if born and born[1] in found:
            found.add(born[2])
        elif _BEYOND.search(line):
            found.add(line.partition(" ")[0])
    return found


def network_use(trace: str) -> list[str]:
    """Return the lines of a trace in which something left a process, or was about to."""
    found = []
    others = beyond_the_window(trace)
    for line in trace.splitlines():
        if line.partition(" ")[0] in others and any(here in line for here in _HERE):
            continue
        connect = _CONNECT.search(line)
        asks_route = connect and connect["kind"].startswith("UDP") and _ROUTE_QUESTION in line
        sends = _SEND.search(line) or ("sa_family=AF_INET" in line and "send" in line)
        if (connect and not asks_route) or sends:
            found.append(line)
    return found


@pytest.fixture
def listener():
    """Return a port on this machine and what came in on it."""
    heard: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, peer = server.accept()
                except TimeoutError:
                    continue
                heard.append(peer)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], heard
        over.set()
        thread.join()


def traced(trace: Path, command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["strace", "-f", "-yy", "-e", "trace=network,clone,clone3,fork,vfork,execve",
         "-s", "200", "-o", str(trace), *command],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(autouse=True, scope="module")
def _a_look_from_outside():
    """Skip where strace is missing, or where containers forbid it."""
    if shutil.which("strace") is None:
        pytest.skip("there is no strace to look at the window from outside")
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"strace may not be used here: {tried.stderr.decode(errors='replace')[-200:]}")


@pytest.fixture
def environment():
    """An environment that tries to open what we close."""
    return os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_CHROMIUM_FLAGS": "--proxy-server=direct://",
        "QTWEBENGINE_REMOTE_DEBUGGING": "127.0.0.1:9333",
    }


def test_the_whole_window_on_sample_mail_reaches_nothing(tmp_path, environment):
    trace, picture = tmp_path / "trace", tmp_path / "window.png"
    command = [sys.executable, "-m", "missive_desktop", "--demo", "--screenshot", str(picture)]
    traced(trace, command, environment)
    assert picture.exists()
    assert network_use(trace.read_text(errors="replace")) == []


def test_the_watch_sees_a_connection(tmp_path, listener, environment):
    port, heard = listener
    trace = tmp_path / "trace"
    code = f"import socket; socket.create_connection(('127.0.0.1', {port})).close()"
    traced(trace, [sys.executable, "-c", code], environment)
    assert network_use(trace.read_text())
    assert heard
