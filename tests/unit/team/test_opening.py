"""Rows of the wire as they are kept: what a member may write into a body, and what falls behind."""

import msgspec
import pytest

from missive_desktop.domain.team import Trouble
from missive_desktop.store.team_rows import Known
from missive_desktop.team import opening
from missive_wire import codec
from missive_wire.entities import Row

DEVICES = {1: "one", 2: "two"}
BODIES = {1: '{"text":"one"}', 2: '{"text":"two"}'}


class Open:
    """Opens every body by its version."""

    def open(self, scope, row):
        return opening.Opened(BODIES[row.bv], DEVICES[row.bv])

    def seal(self, scope, t, id_, bv, body):
        return None


def taken(row, seen):
    (found,) = opening.opened(Open(), "s:x", [row], {(row.t, row.id): seen} if seen else {})
    return found


def row(bv, op="put", seq=9):
    return Row(op, seq, "comment", "c", 3, k=1, b=b"sealed" if op == "put" else b"", bv=bv)


def test_an_older_body_is_not_taken_nor_another_of_the_same_version():
    seen = Known("put", 5, 2, 2, BODIES[2])
    back = taken(row(1), seen)
    assert (back.trouble, back.body, back.bv) == (Trouble.ROLLED_BACK, BODIES[2], 2)
    other = taken(row(2), seen._replace(body='{"text":"other"}'))
    assert other.trouble == Trouble.ROLLED_BACK
    assert taken(row(2), Known("put", 5, 1, 1, BODIES[1])).body == BODIES[2]


def test_what_was_deleted_does_not_come_back_as_it_once_was():
    seen = Known("put", 5, 2, 1, BODIES[1])
    gone = taken(row(0, "del"), seen)  # the server claims that it had no body
    assert gone.bv == 1
    tomb = Known("del", 6, 3, gone.bv, "")
    assert taken(row(1), tomb).trouble == Trouble.ROLLED_BACK
    assert taken(row(1), tomb).body == ""
    assert taken(row(2), tomb).body == BODIES[2]
    assert taken(row(1), tomb._replace(seq=0)).body == BODIES[1]  # of a restored backup


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"", b"{", b'{"a":"\xff"}', b'{"a":' + b"[" * 20 + b"]" * 20 + b"}",
        b'{"a":' + b"[" * 30_000, b'{"date":' + b"9" * 30 + b"}", b'{"x":{"n":-9007199254740993}}',
    ],
    ids=range(8),
)  # fmt: skip
def test_a_body_that_would_do_harm_later_is_none(content):
    with pytest.raises(codec.Malformed):
        opening.read_body(content)


def test_what_newer_versions_write_is_a_body():
    deep = {"envelope": {"to": [["Ana", "ana@example.org"]], "x": {"y": [{"z": [1.5, None]}]}}}
    text = opening.read_body(msgspec.json.encode(deep))
    assert msgspec.json.decode(text) == deep


def test_nobody_writes_in_the_place_of_who_said_it():
    ana, ben = "ana", "ben"
    said = msgspec.structs.replace(row(2), own=ana)
    assert opening.may_be_by(said, ana)
    assert not opening.may_be_by(said, ben)
    shared = msgspec.structs.replace(said, t="conv")
    assert opening.may_be_by(shared, ben)
    assert not opening.may_be_by(msgspec.structs.replace(shared, bv=1), ben)
