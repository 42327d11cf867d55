"""What waits for one connection has an end, and nothing that matters is forgotten in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from missive_server.stream.encoded import Frame, control, framed
from missive_server.stream.outgoing import Outgoing
from missive_wire.frames import Beat, Revoked
from missive_wire.limits import FRAME_QUEUE, FRAME_QUEUE_BYTES


class Wire:
    """A socket that takes as much as it is told to."""

    def __init__(self) -> None:
        self.takes = 0
        self.taken: list[bytes] = []

    def ready(self) -> bool:
        return len(self.taken) < self.takes

    def write(self, data: bytes) -> None:
        self.taken.append(data)


def change(scope: str, to: int, size: int = 10) -> Frame:
    return Frame(framed(json.dumps({"f": "chg", "scope": scope, "to": to}).encode() + b" " * size),
                 scope, "e1", to)  # fmt: skip


def frames(wire: Wire) -> list[dict[str, object]]:
    return [json.loads(data[data.index(b"{") :]) for data in wire.taken]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("push"), st.sampled_from("ab"), st.sampled_from([10, 5000, 400_000])),
            st.tuples(st.just("take"), st.integers(1, 9), st.just(0)),
            st.tuples(st.just("purge"), st.sampled_from("ab"), st.just(0)),
        ),
        max_size=60,
    )
)
def test_each_scope_is_in_order_and_its_last_state_is_told(
    steps: list[tuple[str, object, int]],
) -> None:
    wire, heads, told = Wire(), dict.fromkeys("ab", 0), dict.fromkeys("ab", 0)
    out = Outgoing(wire)
    for step, what, size in steps:
        if step == "push":
            scope = str(what)
            heads[scope] += 1
            out.push(change(scope, heads[scope], size))
        elif step == "take":
            assert isinstance(what, int)
            wire.takes = len(wire.taken) + what
            out.flush()
        else:
            begin = len(wire.taken)
            out.purge(str(what))
            told[str(what)] = heads[str(what)]
            assert len(wire.taken) == begin
        assert out.waiting <= FRAME_QUEUE + 2
    wire.takes = 1 << 30
    out.flush()
    assert out.waiting == 0
    seen = dict.fromkeys("ab", 0)
    for frame in frames(wire):
        to = frame["to"] if frame["f"] == "chg" else frame["head"]
        assert isinstance(to, int)
        assert to > seen[str(frame["scope"])]
        seen[str(frame["scope"])] = to
    assert all(max(seen[scope], told[scope]) == heads[scope] for scope in "ab")


def test_too_many_and_too_large_become_one_poke_for_each_scope() -> None:
    for count, size in ((FRAME_QUEUE + 1, 1), (9, FRAME_QUEUE_BYTES // 8)):
        wire = Wire()
        out = Outgoing(wire)
        for to in range(1, count + 1):
            out.push(change("a", to, size))
        out.push(control(Revoked(scope="b")))
        wire.takes = 1 << 30
        out.flush()
        assert frames(wire) == [
            {"f": "poke", "scope": "a", "e": "e1", "head": count},
            {"f": "revoked", "scope": "b"},
        ]


def test_what_may_get_lost_does_before_it_fills_the_queue() -> None:
    wire = Wire()
    out = Outgoing(wire)
    for _ in range(1000):
        out.push(control(Beat(), brief=True))
    assert out.waiting < 20


def test_frames_have_the_three_lengths_of_rfc_6455() -> None:
    assert framed(b"x" * 125)[:2] == b"\x81\x7d"
    assert framed(b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"
    assert framed(b"x" * 65_536)[:10] == b"\x81\x7f" + (65_536).to_bytes(8, "big")
