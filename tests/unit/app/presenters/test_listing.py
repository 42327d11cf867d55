"""The list's presenter on a real store, with a view that keeps what it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import BEN, Mailbox, digest, mailbox

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.listing import FIRST, ListingPresenter, short_names
from missive_desktop.app.presenters.place import Filter
from missive_desktop.app.presenters.sidebar import read
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address, Flags
from missive_desktop.store import drafts, placements


class View:
    def __init__(self):
        self.place = None
        self.ids = []
        self.stale = set()

    def show_place(self, place, only, ids):
        self.place, self.ids = place, list(ids)

    def update_rows(self, ids, stale):
        self.ids, self.stale = list(ids), set(stale)


@pytest.fixture
def box(tmp_path: Path):
    with mailbox(tmp_path) as made:
        yield made


def fill(box: Mailbox, count: int, **given) -> None:
    first = len(placements.uids(box.reader, box.inbox)) + 1
    box.add([box.arrival(first + number, digest(**given)) for number in range(count)])


def told(box: Mailbox):
    changes = box.published[-1]
    box.published.clear()
    return changes


def test_the_newest_come_first_and_the_rest_while_idle(box):
    fill(box, FIRST + 50)
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.INBOX)
    assert len(view.ids) == FIRST
    rows = listing.rows(view.ids)
    dates = [rows[item].date for item in view.ids]
    assert dates == sorted(dates, reverse=True)
    assert not listing.load_more()
    assert len(view.ids) == FIRST + 50
    assert len(set(view.ids)) == FIRST + 50


def test_what_arrives_comes_to_its_place(box):
    fill(box, 3)
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.INBOX)
    before = list(view.ids)
    fill(box, 1)
    listing.changed(told(box))
    assert view.ids[1:] == before
    assert listing.rows(view.ids)[view.ids[0]].unread


def test_a_filter_holds_while_things_change(box):
    fill(box, 2)
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.INBOX, Filter.UNREAD)
    assert len(view.ids) == 2
    uid = placements.uids(box.reader, box.inbox)[0]
    box.writer.run(
        lambda conn, changes: placements.set_flags(
            conn, box.inbox, {uid: (Flags.SEEN, "")}, changes
        )
    )
    listing.changed(told(box))
    assert len(view.ids) == 1
    listing.open(places.INBOX, Filter.STARRED)
    assert view.ids == []


def test_stars_of_all_folders_are_one_place(box):
    archive = box.folder("Archive", Role.ARCHIVE)
    box.add([box.arrival(1, flags=Flags.FLAGGED)])
    box.add([box.arrival(1, flags=Flags.FLAGGED)], folder=archive)
    box.add([box.arrival(2)])
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.STARRED)
    assert len(view.ids) == 2


def test_sent_mail_names_those_it_went_to(box):
    sent = box.folder("Sent", Role.SENT)
    cleo = Address("Cleo Clark", "cleo@example.org")
    box.add([box.arrival(1, digest(sender=BEN, to=(cleo,)))], folder=sent)
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.SENT)
    row = listing.rows(view.ids)[view.ids[0]]
    assert row.names == "To: Cleo Clark"
    assert row.person == cleo


def test_a_place_without_folders_is_empty(box):
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.SPAM)
    assert view.ids == []
    assert not listing.load_more()


def test_short_names_tell_accounts_apart():
    assert short_names(["ana@a.example", "ben@a.example"]) == ["ana", "ben"]
    assert short_names(["ana@a.example", "ana@b.example"]) == ["a.example", "b.example"]
    both = ["a@x.example", "a@y.example", "b@x.example"]
    assert short_names(both) == both


def test_a_draft_that_lies_here_only_is_in_drafts(box):
    box.folder("Drafts", Role.DRAFTS)
    view = View()
    listing = ListingPresenter(box.reader, view)
    listing.open(places.DRAFTS)
    assert view.ids == []
    draft = Draft(account=box.account, to=(BEN,), subject="Soon", text="a\n\nb")
    made = box.writer.run(lambda conn, changes: drafts.save(conn, 0, draft, 1_750_000_000, changes))
    listing.changed(told(box))
    assert view.ids == [-made]
    row = listing.rows(view.ids)[-made]
    assert (row.names, row.subject, row.snippet, row.draft) == (
        "To: Ben Baker",
        "Soon",
        "a b",
        True,
    )
    assert read(box.reader).places[2].count == 1
    box.writer.run(lambda conn, changes: drafts.remove(conn, made, changes))
    listing.changed(told(box))
    assert view.ids == []
