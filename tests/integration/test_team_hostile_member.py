"""A member with a valid session and the keys of the space, and a program of their own.

The server refuses what is not theirs to do, and goes on serving the others; what is sealed as it
should be and senseless inside harms nobody who opens it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from tests.servers.mates import Mate, Mates, until
from tests.servers.organization import Member
from websockets.sync.client import connect

from missive_desktop.store import team_notices
from missive_desktop.team import keeping
from missive_desktop.team.keys import scope_keys, sealing, signing
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.sealing import Place
from missive_wire import limits
from missive_wire.headers import seat_id
from missive_wire.ids import derived_id, new_id, org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation

Json = dict[str, Any]


class Eve:
    """A member's session, in the hands of a program that keeps to no rule."""

    def __init__(self, member: Member, scope: str, url: str) -> None:
        self.member, self.scope, self.mid = member, scope, member.last_mid
        self.http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {member.token}"}, timeout=30
        )

    def send(self, *muts: Json, device: str = "", status: int = 200) -> list[str]:
        body = {"device": device or self.member.me.device.id, "schema": 1, "muts": list(muts)}
        answer = self.http.post("/v1/mutate", json=body)
        assert answer.status_code == status, answer.text
        return [each["st"] for each in answer.json().get("results", ())]

    def does(self, op: str, t: str, id_: str, act: str, scope: str = "", **more: Any) -> Json:
        self.mid += 1
        return {"mid": self.mid, "op": op, "scope": scope or self.scope, "t": t, "id": id_,
                "act": act, "h": {}} | more  # fmt: skip

    def sealed(self, t: str, id_: str, content: bytes, bv: int = 1) -> Json:
        key = self.member.key(self.scope)
        place = Place(self.member.me.org, self.scope, t, id_, key.epoch, bv)
        body = sealing.seal(key, self.member.me.device, place, content)
        made: Json = msgspec.to_builtins(
            Mutation(1, "put", self.scope, t, id_, "", {}, key.epoch, body, bv)
        )
        return {name: made[name] for name in ("k", "b", "bv")}


@pytest.fixture
def eve(mates: Mates) -> Iterator[Eve]:
    made = Eve(mates.join(), mates.scope, mates.office.server.url)
    yield made
    made.http.close()


def works(mates: Mates, ana: Mate, ben: Mate) -> None:
    """What one of the others does, the other has."""
    conv = ana.conversation(mates.scope, "All is well")
    until(lambda: conv in ben.rows(mates.scope, "conv") and not ana.pending())
    assert "All is well" in ben.rows(mates.scope, "conv")[conv].body


def test_what_is_not_theirs_to_do_is_refused(mates: Mates, eve: Eve) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    conv = ana.conversation(mates.scope)
    said = ana.comment(mates.scope, conv, "marmalade")
    until(lambda: not ana.pending())
    me, owner, org = eve.member.me.user, mates.owner.me.user, org_scope(mates.owner.me.org)
    forged = [
        eve.does("put", "conv", new_id(), "conversation.created", space_scope(new_id())),
        eve.does("put", "conv", new_id(), "conversation.created", user_scope(owner)),
        eve.does("patch", "comment", said, "comment.edited",
                 **eve.sealed("comment", said, b"{}", 2)),
        eve.does("del", "comment", said, "comment.deleted"),
        eve.does("patch", "conv", conv, "comment.edited", h={"st": "trash"}),
        eve.does("del", "seat", seat_id(mates.space, owner), "seat.taken", h={"user": owner}),
        eve.does("patch", "member", me, "member.changed", org, h={"role": "owner", "cert": "x"}),
        eve.does("del", "member", owner, "member.removed", org, h={"cert": "x"}),
        eve.does("put", "space", new_id(), "space.created", org, h={"kind": "inbox"}),
        eve.does("put", "msg", new_id(), "message.added",
                 h={"conv": conv, "out": False, "at": 1, "size": 1, "blob": "a" * 64}),
        eve.does("put", "pstate", derived_id(conv, owner), "personal.changed", user_scope(owner)),
        eve.does("put", "ckpt", new_id(), "checkpoint.made", org),
        eve.does("put", "conv", new_id(), "no.such.act"),
    ]  # fmt: skip
    results = eve.send(*forged)
    assert len(results) == len(forged)
    assert not {"ok"} & set(results), list(
        zip(results, [each["act"] for each in forged], strict=True)
    )
    works(mates, ana, ben)
    assert ana.rows(mates.scope, "comment")[said].v == 1


def test_numbers_devices_and_sizes_that_are_not_so_are_refused(mates: Mates, eve: Eve) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    id_ = new_id()
    header = {"st": "open", "inbox": True}
    first = eve.does("put", "conv", id_, "conversation.created", h=header)
    assert eve.send(first) == ["ok"]
    assert eve.send(first) == ["ok"]  # the same answer, not the same deed
    other = first | {"id": new_id()}
    eve.send(other)
    far = eve.does("put", "conv", new_id(), "conversation.created", h=header) | {"mid": 1 << 40}
    eve.mid -= 1
    eve.send(far, status=409)
    eve.send(first, device=mates.owner.me.device.id, status=403)
    large = eve.does(
        "put", "conv", new_id(), "conversation.created", h=header | {"x": "x" * 20_000}
    )
    assert eve.send(large) != ["ok"]
    whole = {"device": eve.member.me.device.id, "pad": "x" * (limits.REQUEST + 1)}
    assert eve.http.post("/v1/mutate", json=whole).status_code == 413
    until(lambda: id_ in ben.rows(mates.scope, "conv"))
    assert other["id"] not in ben.rows(mates.scope, "conv")
    works(mates, ana, ben)


def test_grants_of_garbage_and_storms_of_new_keys_shut_nobody_out(mates: Mates, eve: Eve) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    until(lambda: ana.whole(mates.scope) and ben.whole(mates.scope))
    junk = {"epoch": 1, "n": 9, "keys": {new_id(): "AAAA", mates.owner.me.device.id: "?!"},
            "back": "", "confirm": "AAAA", "by": eve.member.me.device.id,
            "sig": "AAAA"}  # fmt: skip
    for number in range(12):
        header = junk | {"epoch": 1 + number % 4}
        act = "grant.rotated" if number % 2 else "grant.made"
        eve.send(eve.does("put", "grant", new_id(), act, h=header))
    works(mates, ana, ben)
    works(mates, ben, ana)


@pytest.mark.parametrize("how", ["nothing", "garbage"])
def test_who_is_left_out_of_new_keys_gets_them_from_the_others(
    mates: Mates, eve: Eve, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No admin is needed: Ben has the key and gives it, and Cat is told meanwhile."""
    monkeypatch.setattr(keeping, "_SOON", (60.0, 90.0))  # Eve is faster than all
    monkeypatch.setattr(keeping, "_LATER", (0.5, 1.0))
    dan, ben, cat = mates.join(), mates.join(), mates.join()
    ben, cat = mates.mate(ben), mates.mate(cat)
    until(lambda: ben.whole(mates.scope) and cat.whole(mates.scope))
    roster = dan.roster(mates.root, mates.space)
    leaves = Eve(dan, mates.scope, mates.office.server.url)
    statement = signing.unseated(dan.me.org, mates.space, dan.me.user)
    gone = {"user": dan.me.user, "cert": signing.by_identity(roster, dan.me, statement)}
    place = seat_id(mates.space, dan.me.user)
    assert leaves.send(leaves.does("del", "seat", place, "seat.left", h=gone)) == ["ok"]
    leaves.http.close()
    old = eve.member.key(mates.scope)
    key = scope_keys.new_key(mates.scope, old.epoch + 1)
    given = [ben.member.me.device.public, eve.member.me.device.public]
    if how == "garbage":
        mine, box = cat.member.me.device.public, eve.member.me.device.public.box
        given.append(DevicePublic(mine.id, mine.sign, box))
    header = scope_keys.granted(key, given, eve.member.me.device, 1 << 40, old)
    name = scope_keys.grant_id(mates.scope, key.epoch)
    assert eve.send(eve.does("put", "grant", name, "grant.rotated", h=header)) == ["ok"]
    conv = ben.conversation(mates.scope, "Who reads this?")
    until(lambda: "Who reads this?" in said(cat, mates.scope, conv))
    works(mates, cat, ben)
    until(lambda: "left_out" not in cat.notices())
    if how == "garbage":
        assert any(row.h["keys"] == {} for row in ben.rows(mates.scope, "grant").values())


def said(mate: Mate, scope: str, conv: str) -> str:
    row = mate.rows(scope, "conv").get(conv)
    return row.body if row else ""


def test_who_is_left_out_alone_is_told_so(
    mates: Mates, eve: Eve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_SOON", (60.0, 90.0))
    monkeypatch.setattr(keeping, "_LATER", (0.1, 0.2))
    dan, cat = mates.join(), mates.join()
    cat = mates.mate(cat)
    until(lambda: cat.whole(mates.scope))
    roster = dan.roster(mates.root, mates.space)
    leaves = Eve(dan, mates.scope, mates.office.server.url)
    statement = signing.unseated(dan.me.org, mates.space, dan.me.user)
    gone = {"user": dan.me.user, "cert": signing.by_identity(roster, dan.me, statement)}
    place = seat_id(mates.space, dan.me.user)
    assert leaves.send(leaves.does("del", "seat", place, "seat.left", h=gone)) == ["ok"]
    leaves.http.close()
    old = eve.member.key(mates.scope)
    key = scope_keys.new_key(mates.scope, old.epoch + 1)
    header = scope_keys.granted(key, [eve.member.me.device.public], eve.member.me.device, 9, old)
    name = scope_keys.grant_id(mates.scope, key.epoch)
    assert eve.send(eve.does("put", "grant", name, "grant.rotated", h=header)) == ["ok"]
    until(lambda: "left_out" in cat.notices())
    [words] = [each.words for each in team_notices.unseen(cat.reader) if each.kind == "left_out"]
    assert "keys of “Help” were changed" in words
    monkeypatch.setattr(keeping, "_SOON", (0.1, 0.2))
    ana = mates.mate()  # an admin, who ends it once there is something to say
    conv = ana.conversation(mates.scope, "Read by all")
    until(lambda: "Read by all" in said(cat, mates.scope, conv), 40)
    until(lambda: "left_out" not in cat.notices())


DEEP = b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}"
SENSELESS = [
    b"", b"[]", b"null", b"{}", b'"text"', b"\xff\xfe", b'{"text": 5, "subject": []}', DEEP,
    b'{"text": "\\ud800", "subject": "\\ud800", "name": "\\u0000"}',
    b'{"text": 1e999, "due": 123456789012345678901234567890}',
    json.dumps({"text": "<img src=x onerror=alert(1)>" * 500, "subject": "\u202e" * 3000}).encode(),
    json.dumps({"subject": "a\r\nBcc: eve@example.com", "people": [[1, None]] * 2000}).encode(),
    json.dumps({"to": [["x", "y"]] * 1500, "date": -(1 << 60), "files": [[1, 2, 3]] * 99}).encode(),
    json.dumps({"message_id": "\n", "references": ["<>"] * 3000, "key": "zz", "hash": 5}).encode(),
]  # fmt: skip


def test_senseless_contents_under_a_good_seal_harm_nobody(
    mates: Mates, eve: Eve, caplog: pytest.LogCaptureFixture
) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv") and not ana.pending())
    muts = []
    with caplog.at_level(logging.ERROR):
        for content in SENSELESS:
            for t, act, header in (
                ("conv", "conversation.created", {"st": "open", "inbox": True}),
                ("comment", "comment.added", {"conv": conv}),
                ("task", "task.added", {"conv": "", "st": "todo"}),
                ("label", "label.made", {}),
                ("msg", "message.added",
                 {"conv": conv, "out": False, "at": 1 << 52, "size": 1, "blob": ""}),
            ):  # fmt: skip
                id_ = new_id()
                body = eve.sealed(t, id_, content)
                muts.append(eve.does("put", t, id_, act, h=header, **body))
        accepted = eve.send(*muts)
        assert accepted.count("ok") >= len(SENSELESS) * 3
        for mate in (ana, ben):
            until(lambda mate=mate: mate.whole(mates.scope))
        works(mates, ana, ben)
        works(mates, ben, ana)
    assert [record.getMessage() for record in caplog.records] == []
    assert ana.troubles == ben.troubles == []


def test_presence_and_files_of_others_are_out_of_reach(mates: Mates, eve: Eve) -> None:
    ben = mates.join()
    ana, ben = mates.mate(), mates.mate(ben)
    conv = ana.conversation(mates.scope)
    until(lambda: conv in ben.rows(mates.scope, "conv"))
    with connect(mates.office.server.url.replace("http", "ws") + "/v1/stream") as socket:
        socket.send(json.dumps({"f": "hello", "token": eve.member.token, "schema": 1,
                                "device": eve.member.me.device.id, "cur": {}}))  # fmt: skip
        for scope in (user_scope(mates.owner.me.user), space_scope(new_id()), "s:\0", "x" * 500):
            socket.send(json.dumps({"f": "pres", "scope": scope, "conv": conv, "st": "typing"}))
        socket.send(json.dumps({"f": "purged", "scope": mates.scope}))
        socket.send(json.dumps({"f": "pres", "scope": mates.scope, "conv": new_id()}))
    for scope in (user_scope(mates.owner.me.user), space_scope(new_id())):
        asked = {"device": eve.member.me.device.id, "scope": scope, "hash": "b" * 64, "size": 9}
        assert eve.http.post("/v1/blobs", json=asked).status_code in (403, 404)
        assert eve.http.get(f"/v1/blobs/{scope}/{'b' * 64}").status_code in (403, 404)
    assert ana.team.presence.everywhere() is not None
    works(mates, ana, ben)
