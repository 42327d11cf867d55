"""A mailbox behind a shared inbox shows nothing of its own: the shared inbox has the same mail."""

import pytest
from tests.factories import ANN, NOON, digest, mailbox

from missive_desktop.cli import opening
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.domain.query import parse
from missive_desktop.domain.serving import Options
from missive_desktop.domain.tracking import Tally
from missive_desktop.errors import UsageError
from missive_desktop.store import (
    conversations,
    correspondents,
    folders,
    listing,
    messages,
    search,
    senders,
    served,
    tracking_report,
)

GRID = Tally("SendGrid", "pixel", "vendor", "g.example", 1)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        mail = digest(sender=ANN, subject="Spring", tracked=(GRID,), date=NOON)
        made.add([made.arrival(1, mail, flags=Flags.FLAGGED)])
        yield made


def shown(box):
    """All that counts mail or lists it without being asked for one account."""
    conn = box.reader
    (first, *_) = conn.execute("SELECT id FROM messages").fetchone()
    inboxes = [row.id for row in folders.by_role(conn, Role.INBOX)]
    return {
        "unified": conversations.count(conn, inboxes),
        "unread": conversations.unread_count(conn, inboxes),
        "starred": len(listing.starred(conn)),
        "star": len(listing.starred_now(conn, conversations.ids(conn, [box.inbox]))),
        "search": search.count(conn, parse("spring"), now=0),
        "by state": search.count(conn, parse("is:starred"), now=0),
        "report": tracking_report.totals(conn).mails,
        "of": tracking_report.totals(conn).of,
        "companies": len(tracking_report.by_vendor(conn)),
        "csv": len(list(tracking_report.csv_rows(conn))),
        "person": correspondents.of(conn, ANN.email).mails,
        "past": correspondents.past(conn, ANN.email).number,
        "heard of": int(not senders.standing(conn, ANN.email, first + 1).first_time),
        "images": len(messages.arrived_after(conn, 0, 0, 10)),
        "list": _named(conn),
    }


def _named(conn):
    try:
        return len(opening.folders_named(conn, "INBOX", None))
    except UsageError:
        return 0


def announced(box, uid):
    box.published.clear()
    box.add([box.arrival(uid, digest(sender=ANN))], announce=True)
    return any(changes.arrived for changes in box.published)


def test_it_is_shown_nowhere_while_it_is_served(box):
    assert set(shown(box).values()) == {1}
    assert announced(box, 2)
    box.writer.run(
        lambda conn, changes: served.add(conn, "s:1", 1, box.account, Options(), changes)
    )
    assert {name for name, number in shown(box).items() if number} == set()
    assert not announced(box, 3)
    row = opening.account_named(box.reader, "ben@example.org")
    assert len(opening.folders_named(box.reader, "INBOX", row)) == 1  # for who asks for it by name
    box.writer.run(lambda conn, changes: served.remove(conn, "s:1", changes))
    assert all(shown(box).values())
