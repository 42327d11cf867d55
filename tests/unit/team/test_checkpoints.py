"""What a server signs of its trail: taken where it follows from what it signed before."""

from __future__ import annotations

import base64

import pytest
from nacl.signing import SigningKey

from missive_desktop.team import checkpoints
from missive_desktop.team.checkpoints import Signed
from missive_wire.chain import Checkpoint, Head, checkpoint_bytes

KEY = SigningKey(b"k" * 32)
PUBLIC = bytes(KEY.verify_key)
ONE, TWO = "11" * 32, "22" * 32


def signed(heads: dict[str, tuple[int, str]], at: int = 1, key: SigningKey = KEY, org: str = "org"):
    signature = key.sign(checkpoint_bytes(Checkpoint(org, at, heads))).signature
    return {
        "at": at,
        "heads": {scope: list(head) for scope, head in heads.items()},
        "sig": base64.b64encode(signature).decode(),
    }


def kinds(before, header):
    known = checkpoints.read(before) if before else None
    return [each.kind for each in checkpoints.judged("org", PUBLIC, known, header)]


FIRST = signed({"o:1": (3, ONE), "s:1": (2, ONE)})


def test_history_that_grows_is_taken():
    assert kinds(None, FIRST) == []
    assert kinds(FIRST, FIRST) == []
    assert kinds(FIRST, signed({"o:1": (4, TWO), "s:1": (2, ONE), "u:1": (1, ONE)}, 2)) == []


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (signed({"o:1": (3, ONE), "s:1": (1, ONE)}, 2), ["shorter"]),
        (signed({"o:1": (3, ONE)}, 2), ["shorter"]),
        (signed({"o:1": (3, TWO), "s:1": (2, ONE)}, 2), ["other"]),
        (signed({"o:1": (4, ONE), "s:1": (3, ONE)}, 0), ["earlier"]),
        (signed({"o:1": (4, ONE)}, 2, SigningKey(b"x" * 32)), ["signature"]),
        (signed({"o:1": (4, ONE), "s:1": (3, ONE)}, 2, org="other"), ["signature"]),
        (FIRST | {"at": 2}, ["signature"]),
        (FIRST | {"sig": "?"}, ["signature"]),
        (FIRST | {"heads": {"o:1": ["many", ""]}}, ["signature"]),
        ({}, ["signature"]),
    ],
)
def test_what_cannot_be_so_is_found(header, found):
    assert kinds(FIRST, header) == found


def test_chains_of_single_people_may_lack_in_a_large_organization():
    many = {f"s:{n}": (1, ONE) for n in range(checkpoints.PEOPLE_LEFT_OUT)}
    before = signed(many | {"u:1": (5, ONE)})
    assert kinds(before, signed(many, 2)) == []
    assert kinds(signed({"u:1": (5, ONE)}), signed({}, 2)) == ["shorter"]


def test_two_who_were_shown_different_histories_see_it():
    mine = {("s:1", 2): ONE, ("o:1", 3): ONE}
    theirs = {"s:1": (2, TWO), "o:1": (3, ONE), "s:2": (9, TWO)}
    assert [each.scope for each in checkpoints.differ("Ben", theirs, mine)] == ["s:1"]


def test_the_end_of_a_chain_and_the_code_to_compare():
    known = checkpoints.read(FIRST)
    assert isinstance(known, Signed)
    assert checkpoints.head(known, "s:1") == Head(2, bytes.fromhex(ONE))
    assert checkpoints.head(known, "s:2") is None
    other = checkpoints.read(signed({"o:1": (3, TWO), "s:1": (2, ONE)}))
    assert other is not None
    assert checkpoints.code(known) == checkpoints.code(known) != checkpoints.code(other)
