"""What strangers send: read as it was written, or `Malformed` and nothing else."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_wire import codec, feed, frames, limits, mutation, routes
from missive_wire.entities import Row

COUNTS = st.integers(0, (1 << 53) - 1)
PLAIN = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=9)
VALUES = PLAIN | st.lists(PLAIN, max_size=4) | st.dictionaries(st.text(max_size=5), PLAIN)
HEADERS = st.dictionaries(st.text(max_size=9), VALUES, max_size=5)
ROWS = st.builds(
    Row,
    op=st.sampled_from(["put", "del", "out", "era"]),
    seq=COUNTS, t=st.text(max_size=9), id=st.text(max_size=40), v=COUNTS, h=HEADERS, k=COUNTS,
    b=st.binary(max_size=50), bv=COUNTS, own=st.text(max_size=9), by=st.text(max_size=9), at=COUNTS,
)  # fmt: skip
MUTATIONS = st.builds(
    mutation.Mutation,
    mid=COUNTS, op=st.sampled_from(["put", "patch", "del", "note"]), scope=st.text(max_size=9),
    t=st.text(max_size=9), id=st.text(max_size=9), act=st.text(max_size=9), h=HEADERS, k=COUNTS,
    b=st.binary(max_size=50), bv=COUNTS, pre=st.none() | HEADERS, fence=COUNTS,
)  # fmt: skip
SHAPES = [
    mutation.MutateRequest, mutation.MutateAnswer, feed.PullRequest, feed.PullAnswer,
    feed.BackfillRequest, feed.Backfill, routes.LeaseRequest, routes.AuditRequest,
    routes.AuditPage, routes.BlobRequest, frames.Change,
]  # fmt: skip


@given(ROWS)
def test_rows_come_back(row):
    assert codec.decode(codec.encode(row), Row) == row


@given(MUTATIONS)
def test_mutations_come_back(each):
    request = mutation.MutateRequest("d", 1, (each,))
    assert codec.decode(codec.encode(request), mutation.MutateRequest) == request


@given(st.lists(ROWS, max_size=3).map(tuple), COUNTS, COUNTS)
def test_frames_come_back(rows, prev, to):
    frame = frames.Change("s", "e", prev, to, 1, rows)
    assert frames.from_server(codec.encode(frame)) == frame


@given(st.binary(max_size=200), st.sampled_from(SHAPES))
def test_any_bytes_are_read_or_malformed(data, shape):
    with contextlib.suppress(codec.Malformed):
        codec.decode(data, shape)
    with contextlib.suppress(codec.Malformed):
        frames.from_client(data)


@given(MUTATIONS, st.data())
def test_damaged_requests_are_read_or_malformed(each, data):
    text = bytearray(codec.encode(mutation.MutateRequest("d", 1, (each,))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.integers(0, 255))
    try:
        request = codec.decode(bytes(text), mutation.MutateRequest)
    except codec.Malformed:
        return
    codec.encode(request)  # what was read can be written


JSON = st.recursive(
    PLAIN | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from(SHAPES))
def test_any_json_is_read_or_malformed(value, shape):
    with contextlib.suppress(codec.Malformed):
        codec.decode(msgspec.json.encode(value), shape)


def nested(depth):
    return b'{"device":"d","schema":1,"muts":[{"mid":1,"op":"put","scope":"","t":"","id":"",' + (
        b'"act":"","h":{"a":' + b"[" * depth + b"]" * depth + b"}}]}"
    )


@pytest.mark.parametrize("depth", [4, 50, 100_000, 1_000_000])
def test_depth_is_bounded(depth):
    with pytest.raises(codec.Malformed):
        codec.decode(nested(depth), mutation.MutateRequest)
    hidden = b'{"zzz":' + b"[" * depth + b"]" * depth + b',"device":"d"}'
    with pytest.raises(codec.Malformed):
        codec.decode(hidden, mutation.MutateRequest)


def test_as_deep_as_headers_go_is_read():
    codec.decode(nested(3), mutation.MutateRequest)


@pytest.mark.parametrize(
    "text",
    [
        b'{"mid":-1}', b'{"mid":9007199254740993}', b'{"mid":1.5}', b'{"mid":1e400}',
        b'{"mid":' + b"9" * 4_000_000 + b"}", b'{"h":{"a":' + b"9" * 4_000_000 + b"}}",
        b'{"h":{"a":0.' + b"9" * 4_000_000 + b"}}", b'{"b":"not base64"}', b'{"h":{"a":NaN}}',
        b'{"h":{"a":"\\ud800"}}', b'{"h":[]}', b"[]", b"", b"\xff", b"null", b"{" * 4_000_000,
        b'"' * 4_000_000, b"\\" * 4_000_000,
    ],
    ids=lambda text: text[:16].decode("latin-1"),
)  # fmt: skip
def test_what_makes_no_sense_is_malformed(text):
    with pytest.raises(codec.Malformed):
        codec.decode(text, mutation.Mutation, limits.REQUEST * 2)


def test_what_is_too_large_is_not_read():
    with pytest.raises(codec.Malformed, match="too large"):
        codec.decode(b" " * (limits.REQUEST + 1), mutation.Mutation)
    with pytest.raises(codec.Malformed, match="too large"):
        frames.from_client(b" " * (limits.FRAME + 1))


def test_what_is_said_of_it_holds_nothing_of_it():
    secret = b'{"mid":1,"op":"hunter2","scope":"","t":"","id":"","act":""}'
    with pytest.raises(codec.Malformed) as caught:
        codec.decode(secret, mutation.Mutation)
    assert "hunter2" not in str(caught.value)
    assert "$.op" in str(caught.value)
    key = b'{"device":"d","schema":1,"cur":{"hunter2":["e","x"]}}'
    with pytest.raises(codec.Malformed) as caught:
        codec.decode(key, feed.PullRequest)
    assert "hunter2" not in str(caught.value)
