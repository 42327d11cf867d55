"""Places of teams: the sidebar's lines, the lists of spaces and what their rows say."""

from __future__ import annotations

import pytest
from tests.factories import digest, mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    TeamBox,
    comment,
    conv,
    label,
    mail,
    member,
    name,
    own,
    seat,
    send,
    space,
)

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters import sidebar
from missive_desktop.app.presenters.listing import ListingPresenter
from missive_desktop.app.presenters.place import Tab
from missive_desktop.app.presenters.rows import spoken
from missive_desktop.domain.changes import Changes
from missive_desktop.store import accounts, team_lists


class View:
    def __init__(self):
        self.ids = []
        self.stale = set()

    def show_place(self, place, only, ids):
        self.ids = list(ids)

    def update_rows(self, ids, stale):
        self.ids = list(ids)
        self.stale |= set(stale)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        yield made


@pytest.fixture
def team(box):
    made = TeamBox(box)
    made.take_all(
        member(ME, "Mia Me"), member(ANA, "Ana Ribeiro"), member(BEN, "Ben Okafor"), space(),
        label("Dealer", "teal"),
    )  # fmt: skip
    made.take(seat(ME), seat(ANA), seat(BEN, "observer"))
    made.take(
        conv("new", inbox=True), mail("m1", "new", NOON + 1000),
        conv("mine", assignees=[ME], since=NOON, labels=[name("Dealer")]),
        mail("m2", "mine", NOON + 2000),
        conv("hers", assignees=[ANA], since=NOON), mail("m3", "hers", NOON + 3000),
        conv("done", st="closed", since=NOON + 5000), mail("m4", "done", NOON + 4000),
        conv("junk", st="spam"), mail("m5", "junk", NOON + 5000),
    )  # fmt: skip
    return made


@pytest.fixture
def listing(box, team):
    view = View()
    made = ListingPresenter(box.reader, view)
    made.view = view
    return made


def place_of(box, tab=Tab.OPEN):
    (entry,) = sidebar.read(box.reader).teams
    return places.space_tab(entry.place, tab)


def shown(listing):
    rows = listing.rows(listing.view.ids)
    return [rows[item].snippet for item in listing.view.ids]


def snippets(*words):
    return [f"snippet of {word}" for word in words]


def test_the_sidebar_has_a_line_for_each_space_and_label(box, team):
    content = sidebar.read(box.reader)
    (support,) = content.teams
    assert (support.title, support.count, support.open) == ("Support", 3, True)
    (dealer,) = content.labels
    assert (dealer.title, dealer.count, dealer.color) == ("Dealer", 1, "teal")
    titles = [entry.title for entry in content.places]
    assert titles[:3] == ["Inbox", "Assigned to me", "Snoozed"]
    assert next(e for e in content.places if e.title == "Assigned to me").count == 1
    assert [entry.title for entry in content.accounts] == ["ben@example.org"]


def test_a_row_names_who_of_the_team_answered(box, team, listing):
    ours = {"out": True, "sender": ["Support", "support@example.org"]}
    team.take(
        send("s1", "hers", "b1", ANA), send("s2", "hers", "b2", ME),
        mail("m6", "hers", NOON + 6000, blob="b1", **ours),
        mail("m7", "hers", NOON + 7000, blob="b2", **ours),
        mail("m8", "mine", NOON + 8000, **ours),  # from the mailbox itself
    )  # fmt: skip
    listing.open(place_of(box))
    rows = listing.rows(listing.view.ids)
    named = {row.snippet: (row.names, row.person.name) for row in rows.values()}
    assert named["snippet of m7"] == ("Cara Customer, Ana, me", "Cara Customer")
    assert named["snippet of m8"] == ("Cara Customer, Support", "Cara Customer")
    assert named["snippet of m1"] == ("Cara Customer", "Cara Customer")


def test_without_a_team_there_is_nothing_of_teams(box):
    content = sidebar.read(box.reader)
    assert (content.teams, content.labels) == ([], [])
    assert "Assigned to me" not in [entry.title for entry in content.places]


def test_two_inboxes_where_one_is_active_have_a_place_together(box, team):
    assert "Team inboxes" not in [entry.title for entry in sidebar.read(box.reader).places]


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        (Tab.OPEN, ("m3", "m2", "m1")),
        (Tab.UNASSIGNED, ("m1",)),
        (Tab.CLOSED, ("m4",)),
        (Tab.OTHERS, ("m3",)),
        (Tab.SPAM, ("m5",)),
        (Tab.TRASH, ()),
    ],
)
def test_each_tab_lists_its_part(box, listing, tab, words):
    listing.open(place_of(box, tab))
    assert shown(listing) == snippets(*words)
    assert places.counts(box.reader, listing.place) == (1, 3)


def test_what_is_closed_and_called_back_to_me_is_not_open(box, team, listing):
    team.take(comment("again", "done", "@Mia look", NOON + 9000, mentions=[ME]))
    listing.open(place_of(box))
    assert shown(listing) == snippets("m3", "m2", "m1")
    listing.open(places.INBOX)
    assert len(listing.view.ids) == 2


def test_assigned_to_me_and_labelled_follow_what_changes(box, team, listing):
    listing.open(places.ASSIGNED)
    assert shown(listing) == snippets("m2")
    listing.changed(team.take(conv("new", assignees=[ME], since=NOON + 1000)))
    assert shown(listing) == snippets("m2", "m1")
    listing.changed(team.take(conv("mine", st="closed", assignees=[ME], since=NOON + 2000)))
    assert shown(listing) == snippets("m1")
    (entry,) = sidebar.read(box.reader).labels
    listing.open(entry.place)
    assert shown(listing) == []
    listing.changed(team.take(conv("new", labels=[name("Dealer")])))
    assert shown(listing) == snippets("m1")


def test_a_colleagues_act_takes_a_row_out_of_the_list(box, team, listing):
    listing.open(place_of(box))
    listing.changed(team.take(conv("new", st="closed", since=NOON + 3000)))
    assert shown(listing) == snippets("m3", "m2")


def test_a_row_says_who_has_it_and_what_was_said(box, team, listing):
    team.take(comment("c", "mine", "Please call them", NOON + 60_000))
    listing.open(place_of(box))
    rows = listing.rows(listing.view.ids)
    row = next(one for one in rows.values() if one.shared.comments)
    assert [person.name for person in row.shared.assignees] == ["Mia Me"]
    assert [(chip.text, chip.color) for chip in row.chips] == [("Dealer", "teal")]
    assert row.snippet == "Ana Ribeiro: Please call them"
    assert row.unread
    said = spoken(row, "10:00")
    for words in ("unread", "assigned to Mia Me", "1 comment, 1 unread", "Dealer"):
        assert words in said


def test_where_several_are_mixed_a_row_names_its_space(box, listing):
    listing.open(places.ASSIGNED)
    (row,) = listing.rows(listing.view.ids).values()
    assert [(chip.text, chip.square) for chip in row.chips] == [
        ("Support", True),
        ("Dealer", False),
    ]


def test_who_looks_at_a_row_is_shown_and_goes_again(box, listing):
    listing.open(place_of(box))
    first = listing.view.ids[0]
    listing.looked_at({first: ((ANA, "typing"),)})
    assert listing.view.stale == {first}
    row = listing.rows([first])[first]
    assert [person.name for person in row.shared.here] == ["Ana Ribeiro"]
    assert row.shared.typing
    assert "Ana Ribeiro is typing" in spoken(row, "10:00")
    listing.looked_at({})
    assert listing.rows([first])[first].shared.here == ()


def test_another_name_of_a_label_is_seen_in_rows(box, team, listing):
    listing.open(place_of(box))
    changes = team.take_all(label("Dealer", "pink"))
    listing.changed(changes)
    assert listing.view.stale == set(listing.view.ids)
    listing.view.stale.clear()
    listing.changed(Changes(teams=changes.teams))
    assert listing.view.stale == set()


def test_what_is_put_off_says_until_when(box, team, listing):
    until = NOON // 1000 + 10**6
    team.take_own(own("mine", snoozed=until * 1000, snoozed_at=NOON + 5000))
    listing.open(places.SNOOZED)
    (row,) = listing.rows(listing.view.ids).values()
    assert row.shared.snoozed == until


def test_what_colleagues_write_is_the_spaces_and_not_mine(box, team, listing):
    team.take(
        mail("out", "hers", NOON + 8000, out=True, sender=["Ana Ribeiro", "support@example.org"])
    )
    listing.open(place_of(box))
    row = listing.rows(listing.view.ids)[listing.view.ids[0]]
    assert row.names == "Cara Customer, Support"
    assert row.person.email == "cara@example.org"


def test_the_mailbox_behind_a_space_is_nowhere(box):
    box.add([box.arrival(1, digest(subject="Hidden"))])
    row = accounts.all_(box.reader)[0]
    settings = type(row.settings)(**{**_fields(row.settings), "kind": "served"})
    box.writer.run(lambda conn, ch: accounts.update_settings(conn, row.id, settings, ch))
    assert team_lists.served(box.reader) == {row.id}
    assert box.inbox not in [folder.id for folder in places.folders_of(box.reader, places.INBOX)]
    assert sidebar.read(box.reader).accounts == []


def _fields(settings):
    return {name: getattr(settings, name) for name in settings.__struct_fields__}
