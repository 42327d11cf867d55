"""Blobs: sealed in chunks, opened whole or not at all, in memory that does not grow."""

import hashlib
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.team.keys import blobs
from missive_desktop.team.keys.blobs import CHUNK, new_key, open_file, seal_file, sealed_size
from missive_desktop.team.keys.trouble import Tampered

KEY = bytes(range(32))
PIECE = CHUNK + 17


class Trickle(io.BytesIO):
    """Gives a little at a time, as pipes and sockets do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 1000) if size and size > 0 else size)


class Endless(io.RawIOBase):
    """So many bytes out of nothing."""

    def __init__(self, left: int) -> None:
        self.left = left

    def read(self, size: int = -1, /) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return b"m" * size


def opened(data: bytes, address: str = "", key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    open_file(key, io.BytesIO(data), target, address)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_files_of_every_length_come_back(size: int) -> None:
    content = bytes(k * 7 % 251 for k in range(size))
    target = io.BytesIO()
    made = seal_file(KEY, Trickle(content), target)
    assert (made.size, made.plain_size) == (len(target.getvalue()), size)
    assert made.size == sealed_size(size)
    assert made.hash == hashlib.sha256(target.getvalue()).hexdigest()
    assert made.plain_hash == hashlib.sha256(content).hexdigest()
    back = io.BytesIO()
    assert open_file(KEY, Trickle(target.getvalue()), back, made.hash) == size
    assert back.getvalue() == content


def test_chunks_cannot_be_dropped_doubled_moved_or_added() -> None:
    target = io.BytesIO()
    seal_file(KEY, io.BytesIO(b"a" * CHUNK + b"b" * CHUNK + b"c" * 10), target)
    whole = target.getvalue()
    head, rest = whole[:25], whole[25:]
    one, two, last = rest[:PIECE], rest[PIECE : 2 * PIECE], rest[2 * PIECE :]
    assert opened(head + one + two + last)[:1] == b"a"
    for wrong in (
        b"", head, head + one, head + one + two, head + two + one + last, head + one + last,
        head + one + one + two + last, whole + last, whole + b"x", whole[:-1], head + last,
        b"\x02" + whole[1:],
    ):  # fmt: skip
        with pytest.raises(Tampered, match="a piece is missing"):
            opened(wrong)


@given(st.data())
def test_no_changed_bit_passes(data: st.DataObject) -> None:
    target = io.BytesIO()
    seal_file(KEY, io.BytesIO(b"a picture" * 9), target)
    whole = bytearray(target.getvalue())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        opened(bytes(whole))


def test_another_blob_under_the_address_is_refused() -> None:
    target = io.BytesIO()
    seal_file(KEY, io.BytesIO(b"one"), target)
    with pytest.raises(Tampered):
        opened(target.getvalue(), "0" * 64)
    with pytest.raises(Tampered):
        opened(target.getvalue(), "", new_key())


def test_memory_does_not_grow_with_the_file() -> None:
    class Sink(io.RawIOBase):
        def write(self, data: object, /) -> int:
            return len(data)  # type: ignore[arg-type]

    tracemalloc.start()
    try:
        made = seal_file(KEY, Endless(24 << 20), Sink())  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.plain_size == 24 << 20
    assert peak < 12 * blobs.CHUNK


@pytest.mark.parametrize("letters", ["", "zz", "ab" * 31, "ab" * 33, "é" * 64, "a" * 63])
def test_what_a_member_wrote_for_a_key_may_be_none(letters: str) -> None:
    with pytest.raises(Tampered):
        blobs.key_of(letters)
    assert blobs.key_of("ab" * 32) == b"\xab" * 32
