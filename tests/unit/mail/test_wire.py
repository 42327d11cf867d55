"""Lines and literals come out whole, however the network cuts them."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.servers.loose import LooseWire, fed

from missive_desktop.errors import Offline, PeerBroken
from missive_desktop.mail import wire as wire_module
from missive_desktop.mail.wire import Wire


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


WORDS = st.binary(max_size=40).map(
    lambda raw: raw.replace(b"\r", b"r").replace(b"\n", b"n").replace(b"}", b"b")
)


@given(
    st.lists(st.lists(st.tuples(WORDS, st.binary(max_size=300)), max_size=3), max_size=4),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.booleans(),
)
def test_responses_survive_any_cut(
    responses: list[list[tuple[bytes, bytes]]], places: list[int], packed: bool
) -> None:
    expected: list[list[bytes]] = []
    data = b""
    for response in responses:
        pieces: list[bytes] = []
        for line, literal in response:
            head = line + b" {%d}" % len(literal)
            data += head + b"\r\n" + literal
            pieces += [head, literal]
        data += b"end\r\n"
        expected.append([*pieces, b"end"])
    with fed(cut(data, places), packed=packed) as wire:
        assert [wire.read_response() for _ in responses] == expected
        with pytest.raises(Offline, match="closed the connection"):
            wire.read_line()


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_larger_than_the_buffer(packed: bool) -> None:
    line = b"x" * 1_000_000
    literal = bytes(range(256)) * 4000
    data = line + b"\r\n" + literal + b"tail\nrest\r\n"
    with fed([data], packed=packed) as wire:
        assert wire.read_line() == line
        wire.skip(1000)
        assert wire.read(len(literal) - 1000) == literal[1000:]
        assert wire.readline() == b"tail\r\n"
        assert wire.buffered
        assert wire.poll()
        assert wire.read_line() == b"rest"


def test_nothing_to_read_is_no_error() -> None:
    ours, theirs = socket.socketpair()
    wire = LooseWire(ours)
    assert not wire.buffered
    assert not wire.poll()
    theirs.sendall(b"half a li")
    assert wire.poll()
    theirs.sendall(b"ne\r\n")
    assert wire.read_line() == b"half a line"
    theirs.close()
    with pytest.raises(Offline):
        wire.poll()
    wire.shutdown()


@pytest.mark.parametrize(
    "read",
    [
        lambda wire: wire.read_literal(wire_module.LITERAL_LIMIT + 1),
        lambda wire: wire.complete([b"{%d}" % (wire_module.RESPONSE_LIMIT + 1)]),
    ],
)
def test_what_is_too_large_is_refused(read: Callable[[Wire], object]) -> None:
    with fed([b""]) as wire, pytest.raises(PeerBroken, match="more than fits"):
        read(wire)


def test_broken_compression() -> None:
    ours, theirs = socket.socketpair()
    wire = LooseWire(ours)
    wire.compress()
    theirs.sendall(b"\xff\xff\xff\xff plain text")
    with pytest.raises(PeerBroken, match="compressed"):
        wire.read_line()
    wire.shutdown()
    theirs.close()


def test_silence_ends() -> None:
    ours, theirs = socket.socketpair()
    wire = LooseWire(ours)
    wire.sock.settimeout(0.05)
    with pytest.raises(Offline, match="does not answer"):
        wire.read_line()
    wire.shutdown()
    theirs.close()
    with pytest.raises(Offline, match="lost"):
        wire.send(b"x")
