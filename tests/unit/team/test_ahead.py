"""Pages of history made ready beforehand: in order, bounded, some as one, and what goes wrong."""

import msgspec
import pytest

from missive_desktop.errors import Cancelled, Offline
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import ahead
from missive_desktop.team.ahead import Ahead
from missive_desktop.team.opening import Opened
from missive_wire.entities import Row
from missive_wire.feed import Backfill

ROWS = 300
START = ScopeRow(1, 1, "s:x", "e", 5000, 3000, False, 0, 5000, 0, "", 0, 0, 0, False, 0, 0)


class Open:
    def open(self, scope, row):
        return Opened(row.b.decode(), "device")


class Early:
    def __init__(self):
        self.closed = False

    def prepare(self, rows):
        return [row.id for row in rows]

    def close(self):
        self.closed = True


class Shows:
    def __init__(self):
        self.made = []

    def early(self):
        self.made.append(Early())
        return self.made[-1]


class Server:
    def __init__(self):
        self.asked = []
        self.fails = 0

    def below(self, row, below):
        self.asked.append(below)
        if self.fails == below:
            raise Offline("gone")
        lo = max(1, below - ROWS)
        seqs = range(below - 1, lo - 1, -1)
        rows = tuple(Row("put", seq, "msg", f"m{seq}", 1, {}, 1, b"{}", 1) for seq in seqs)
        return Backfill("e", lo, 0, 0, rows, done=lo == 1)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def running(server):
    made = Ahead(server.below, Open(), Shows())
    yield made
    made.close()


def settled(running, server):
    """Return how often was asked, once nothing more is."""
    lines = running._lines.values()
    with running._changed:
        assert running._changed.wait_for(lambda: not any(line.running for line in lines), 60)
    return len(server.asked)


def all_of(running, row):
    pages = []
    while not row.done:
        page, ready, early = running.take(row)
        assert set(ready) == {(each.t, each.id, each.seq) for each in page.rows}
        assert [id_ for one in early for id_ in one] == [each.id for each in page.rows]
        pages.append(page)
        row = msgspec.structs.replace(row, lo=page.lo - 1, done=page.done)
    return pages


def test_all_comes_once_in_order_and_some_pages_as_one(server, running):
    seqs = [each.seq for page in all_of(running, START) for each in page.rows]

    assert seqs == list(range(3000, 0, -1))
    assert server.asked == sorted(server.asked, reverse=True)
    assert len(server.asked) == 3000 // ROWS


def test_it_runs_only_so_far_ahead(server, running):
    running.take(START)

    assert settled(running, server) <= 1 + 3 + ahead._WAITING


def test_what_is_ready_is_taken_together_up_to_a_measure(server, running):
    first = running.take(START).page
    settled(running, server)
    page = running.take(msgspec.structs.replace(START, lo=first.lo - 1)).page

    assert ahead._TOGETHER <= len(page.rows) < ahead._TOGETHER + ROWS
    assert page.lo == page.rows[-1].seq


def test_another_place_begins_anew(server, running):
    running.take(START)
    page = running.take(msgspec.structs.replace(START, lo=1500)).page

    assert page.rows[0].seq == 1500


def test_trouble_is_told_after_what_came_before_it_and_then_tried_again(server, running):
    server.fails = 3001 - ROWS
    first = running.take(START).page
    row = msgspec.structs.replace(START, lo=first.lo - 1)
    with pytest.raises(Offline):
        running.take(row)
    server.fails = 0

    assert running.take(row).page.rows[0].seq == first.lo - 1


def test_who_waits_is_let_go_when_it_ends(server, running):
    running.close()

    with pytest.raises(Cancelled):
        running.take(START)


def test_the_pack_is_let_go_when_all_is_here(server):
    shows = Shows()
    running = Ahead(server.below, Open(), shows)
    all_of(running, START)
    running.rest()
    running.take(START)
    running.close()
    running._thread.shutdown()

    assert [each.closed for each in shows.made] == [True, True]
