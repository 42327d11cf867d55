"""Drafts lie on the server too: the newest version once, none after sending or discarding."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import Pair, eventually, mail, pair

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address, Flags
from missive_desktop.store import drafts
from missive_desktop.sync import actions
from missive_desktop.sync import drafts as mirror


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    server: DovecotServer = request.getfixturevalue(request.param)
    with pair(server, tmp_path) as made:
        made.sync.sync_once()
        yield made


def save(both: Pair, text: str, number: int = 0, *, age: int = mirror.REST) -> int:
    draft = Draft(
        both.account,
        sender=Address("Me", "me@example.com"),
        to=(Address("", "a@example.org"),),
        subject="a draft",
        text=text,
        message_id="draft-1@example.com",
    )
    now = int(time.time()) - age
    return both.writer.run(lambda c, ch: drafts.save(c, number, draft, now, ch))


def test_each_version_replaces_the_one_before(both: Pair) -> None:
    number = save(both, "first", age=100)
    both.sync.sync_once()
    both.assert_same()
    assert len(both.theirs("Drafts")) == 1
    save(both, "second", number)
    both.sync.sync_once()
    both.sync.sync_once()
    both.assert_same()
    assert len(both.theirs("Drafts")) == 1
    with both.server.client(both.user, "Drafts") as client:
        raw = client.fetch("1", "BODY.PEEK[TEXT]")[1][0][1]
        assert b"second" in raw
    assert Flags.DRAFT in both.flags("a draft")


def test_what_others_marked_as_deleted_multiplies_no_draft(both: Pair) -> None:
    number = save(both, "first", age=100)
    both.sync.sync_once()
    both.server.append(both.user, mail("of another program"), "Drafts", "\\Deleted")
    save(both, "second", number)
    for _ in range(3):
        both.sync.sync_once()
    spared = 0 if both.server.profile == "full" else 1  # EXPUNGE would take the other's as well
    assert len(both.theirs("Drafts")) == 2 + spared
    assert both.read(lambda c: drafts.unmirrored(c, both.account)) == []


def test_while_it_is_typed_nothing_is_sent(both: Pair) -> None:
    save(both, "first", age=0)
    both.sync.sync_once()
    assert "Drafts" not in both.their_folders() or not both.theirs("Drafts")


def test_a_discarded_draft_leaves_the_server(both: Pair) -> None:
    number = save(both, "first")
    both.sync.sync_once()
    both.writer.run(lambda c, ch: actions.discard_draft(c, number, ch))
    both.sync.sync_once()
    both.assert_same()
    assert not both.theirs("Drafts")


def test_mirrored_in_the_background(both: Pair) -> None:
    save(both, "first", age=mirror.REST - 1)
    both.sync.poke()
    eventually(lambda: "Drafts" in both.their_folders() and len(both.theirs("Drafts")) == 1)
    eventually(lambda: both.read(lambda c: drafts.unmirrored(c, both.account)) == [])
