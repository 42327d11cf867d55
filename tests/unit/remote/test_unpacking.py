"""Content-Encoding undone, in steps that stay small."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.remote.unpacking import Unreadable, unpacked


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_what_was_packed_comes_back_in_any_pieces(data, size):
    assert b"".join(unpacked("", pieces(data, size))) == data
    assert b"".join(unpacked("GZip", pieces(gzip.compress(data), size))) == data
    assert b"".join(unpacked("deflate", pieces(zlib.compress(data), size))) == data
    bare = zlib.compressobj(wbits=-15)
    packed = bare.compress(data) + bare.flush()
    assert b"".join(unpacked("deflate", pieces(packed, size))) == data


def test_a_bomb_comes_in_small_pieces():
    bomb = gzip.compress(bytes(50 << 20))
    for taken, piece in enumerate(unpacked("gzip", [bomb])):
        assert len(piece) <= 256 * 1024
        if taken == 3:
            break


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_damage_is_said(data, encoding):
    with contextlib.suppress(Unreadable):
        list(unpacked(encoding, [data]))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_other_ways_of_packing_are_not_read(encoding):
    with pytest.raises(Unreadable):
        list(unpacked(encoding, [b"data"]))
