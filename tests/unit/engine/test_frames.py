"""Frames: what goes in comes out, and garbage is refused without harm."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import frames
from missive_desktop.engine.channel import PipeChannel
from missive_desktop.engine.protocol import (
    FRAME_LIMIT,
    Act,
    Answer,
    Call,
    Changed,
    Hello,
    Progress,
    SendRaw,
    Trouble,
)
from missive_desktop.errors import PeerBroken


@pytest.mark.parametrize(
    "value",
    [
        Hello("/p", bytes(range(32))),
        Call(1, Act(kind="archive", messages=(1 << 60, 2))),
        Call(2, SendRaw(raw=b"\x00\xff\r\n", account=3)),
    ],
)
def test_calls_survive(value):
    assert frames.decode_call(frames.encode(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        Answer(1, {"folder": 3}),
        Answer(2, {}, "Offline", "No connection.", "Try later."),
        Changed(Changes(messages={1 << 61}, arrived={7})),
        Progress(1, "Entwürfe", 3, 9),
        Trouble(1, "Refused", "Nein."),
    ],
)
def test_replies_survive(value):
    assert frames.decode_reply(frames.encode(value)) == value


@given(st.binary(max_size=400))
def test_garbage_is_refused(payload):
    for decode in (frames.decode_call, frames.decode_reply):
        with pytest.raises(PeerBroken):
            decode(payload)


@given(st.binary(min_size=1, max_size=30), st.integers(0, 200))
def test_a_damaged_call_is_refused_or_is_a_call(damage, at):
    good = frames.encode(Call(1, Act(kind="archive", messages=(1, 2, 3))))
    bad = good[:at] + damage + good[at + len(damage) :]
    with contextlib.suppress(PeerBroken):
        assert isinstance(frames.decode_call(bad), Call | Hello)


def test_deep_nesting_is_refused():
    with pytest.raises(PeerBroken):
        frames.decode_call(b"[" * 100_000)


def test_a_huge_frame_is_refused_before_it_is_read():
    with pytest.raises(PeerBroken):
        frames.size_of(frames.header(FRAME_LIMIT + 1))


def test_a_pipe_cuts_frames_and_ends():
    reading, writing = os.pipe()
    other_reading, other_writing = os.pipe()
    sender = PipeChannel(other_reading, writing)
    receiver = PipeChannel(reading, other_writing)
    sender.send(b"one")
    sender.send(b"")
    sender.send(b"three")
    sender.close()
    assert [receiver.receive() for _ in range(3)] == [b"one", b"", b"three"]
    with pytest.raises(EOFError):
        receiver.receive()
    receiver.close()
    sender.close_incoming()
    receiver.close_incoming()


def test_a_pipe_that_ends_inside_a_frame_has_ended():
    reading, writing = os.pipe()
    os.write(writing, frames.header(10) + b"half")
    os.close(writing)
    channel = PipeChannel(reading, -1)
    with pytest.raises(EOFError):
        channel.receive()
    channel.close_incoming()
