"""Proxies as people write them, deadlines, and what becomes of connections that fail half-way."""

from __future__ import annotations

import ssl
import threading
import time

import httpcore
import pytest

from missive_desktop.errors import UsageError
from missive_desktop.remote import connections
from missive_desktop.remote.connections import Deadline, Guarded, proxy_parts
from missive_desktop.remote.guard import Denied


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("http://a.example:3128", ("http", "http://a.example:3128", None)),
        ("http://a.example", ("http", "http://a.example:8080", None)),
        ("socks5://127.0.0.1", ("socks5", "socks5://127.0.0.1:1080", None)),
        (" socks5h://127.0.0.1:9050 ", ("socks5h", "socks5h://127.0.0.1:9050", None)),
        ("socks5h://[::1]:9050", ("socks5h", "socks5h://[::1]:9050", None)),
        ("http://ann:a%40b@a.example", ("http", "http://a.example:8080", ("ann", "a@b"))),
        ("http://ann@a.example", ("http", "http://a.example:8080", ("ann", ""))),
    ],
)
def test_a_proxy_as_it_is_written(written, parts):
    assert proxy_parts(written) == parts


@pytest.mark.parametrize("written", ["", "a.example", "https://a", "http://", "http://a:b"])
def test_what_is_no_proxy(written):
    with pytest.raises(UsageError):
        proxy_parts(written)


def test_a_deadline_is_each_threads_own():
    deadline = Deadline()
    deadline.start(500)
    assert 400 < deadline.left(1000) <= 500
    assert deadline.left(1) == 1
    late: list[Exception] = []

    def other() -> None:
        try:
            deadline.left(1)
        except httpcore.TimeoutException as error:
            late.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert len(late) == 1


class Stream(httpcore.NetworkStream):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_what_was_opened_is_closed_at_the_end():
    stream = Stream()
    deadline = Deadline()
    deadline.start(5)
    guarded = Guarded(deadline, lambda *_: ["8.8.8.8"], lambda *_: stream)
    guarded.connect_tcp("a.example", 443)
    guarded.close()
    assert stream.closed == 1


def test_nothing_is_connected_to_before_it_is_checked():
    def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        raise AssertionError(address)

    deadline = Deadline()
    deadline.start(5)
    for addresses in (["10.0.0.1"], ["8.8.8.8", "::1"], []):
        guarded = Guarded(deadline, lambda *_, found=addresses: found, connect)
        with pytest.raises(Denied):
            guarded.connect_tcp("a.example", 443)
    with pytest.raises(Denied):
        Guarded(deadline, lambda *_: ["8.8.8.8"], connect).connect_tcp("127.0.0.1", 443)


def test_when_the_time_is_over_nothing_is_tried():
    deadline = Deadline()
    deadline.end = time.monotonic() - 1
    with pytest.raises(httpcore.TimeoutException):
        Guarded(deadline, lambda *_: ["8.8.8.8"], lambda *_: Stream()).connect_tcp("a.example", 1)


def test_certificates_are_verified():
    context = connections.trusting_the_system()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
