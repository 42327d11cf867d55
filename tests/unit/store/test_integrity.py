"""Finding what is wrong, making the derived anew, and reclaiming room."""

from __future__ import annotations

import os
import threading

import pytest
from tests.factories import NOON, Mailbox, digest, mailbox

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Digest, Flags
from missive_desktop.store import (
    compaction,
    conversations,
    drafts,
    integrity,
    messages,
    packs,
    placements,
    raws,
)
from missive_desktop.store.database import Connection, Cursor
from missive_desktop.store.packs import PackWriter, Sealed


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def fill(box: Mailbox, count: int = 20) -> dict[bytes, Digest]:
    """Take in some threads; return each digest by its raw message."""
    contents = {}
    arrivals = []
    for n in range(count):
        references = (f"{n - 1}@x",) if n % 3 else ()
        content = digest(message_id=f"{n}@x", references=references, date=NOON + n)
        raw = os.urandom(1_000) + str(n).encode()
        contents[raw] = content
        arrivals.append(
            box.arrival(n + 1, content, raw=raw, flags=Flags(n % 4), provider_thread=n % 2 * 7)
        )
    box.add(arrivals)
    return contents


def dump(box: Mailbox) -> dict[str, list[tuple[object, ...]]]:
    """All derived rows, with conversations named by their messages."""
    names = {
        row[0]: row[1]
        for row in box.reader.execute(
            "SELECT conversation_id, min(id) FROM messages GROUP BY conversation_id"
        )
    }
    queries = {
        "messages": "SELECT conversation_id, id, subject, from_name, recipients, flags, snippet"
        " FROM messages",
        "listing": "SELECT conversation_id, folder_id, latest, unread FROM listing",
        "conversations": "SELECT id, subject, latest, messages, unread, starred, people"
        " FROM conversations",
        "keys": "SELECT conversation_id, account_id, key FROM thread_keys",
    }
    found = {
        table: sorted((names[row[0]], *row[1:]) for row in box.reader.execute(sql))
        for table, sql in queries.items()
    }
    for table in ("thread_subjects", "addresses", "folders", "search_docsize"):
        order = "id" if table == "search_docsize" else "*"
        found[table] = sorted(box.reader.execute(f"SELECT {order} FROM {table}").fetchall())
    return found


def test_a_good_store_has_no_problems(box):
    fill(box)
    assert integrity.check(box.reader, box.store) == []
    assert integrity.check(box.reader, box.store, sample=3) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM listing WHERE rowid_of = 1", "lists conversation"),
        ("UPDATE listing SET unread = unread + 1", "lists conversation"),
        ("UPDATE conversations SET subject = 'x' WHERE id = 1", "does not say"),
        ("UPDATE folders SET stored = 3", "stored messages"),
        ("UPDATE folders SET unread = 99", "unread conversations"),
        ("UPDATE messages SET flags = flags | 4", "differ in flags"),
        ("DELETE FROM search WHERE rowid = (SELECT min(id) FROM messages)", "not in the search"),
        ("UPDATE packs SET live = live + 1", "in use"),
        ("UPDATE packs SET size = size * 9", "shorter"),
        ("DELETE FROM placements WHERE uid = 1", "lies in no folder"),
        ("UPDATE raws SET key = zeroblob(32) WHERE id = 4", "damaged"),
    ],
)
def test_each_kind_of_damage_is_found_and_said(box, damage, words):
    fill(box)
    damage = damage.replace("WHERE rowid_of = 1", "WHERE conversation_id = 1")
    box.writer.run(lambda conn, changes: conn.execute(damage))
    found = integrity.check(box.reader, box.store)
    assert any(words in problem for problem in found), found


def test_a_missing_pack_is_found(box):
    fill(box)
    box.packs.close()
    packs.path(box.store.packs, 1).unlink()
    found = integrity.check(box.reader, box.store)
    assert "Pack 1 is missing." in found
    assert len(found) <= 2 + 20


def test_everything_derived_can_be_made_anew(box):
    contents = fill(box)
    conversation = messages.newest(box.reader, box.inbox, 1)[0].conversation
    key = box.writer.run(
        lambda conn, changes: drafts.save(
            conn, 0, Draft(account=box.account, conversation=conversation), NOON, changes
        )
    )
    before = dump(box)
    for damage in (
        "DELETE FROM listing",
        "DELETE FROM thread_keys",
        "DELETE FROM thread_subjects",
        "DELETE FROM addresses",
        "UPDATE conversations SET subject = 'x', unread = 7",
        "UPDATE messages SET subject = 'x', flags = 0, recipients = '{}'",
        "UPDATE folders SET stored = 0, unread = 0, conversations = 0",
        "UPDATE packs SET live = 0",
    ):
        box.writer.run(lambda conn, changes, sql=damage: conn.execute(sql))
    assert integrity.check(box.reader, box.store) != []
    total = box.writer.run(
        lambda conn, changes: integrity.rebuild(conn, box.store, contents.__getitem__, changes)
    )
    assert total == 20
    assert dump(box) == before
    assert integrity.check(box.reader, box.store) == []
    newest = messages.newest(box.reader, box.inbox, 1)[0].conversation
    assert drafts.get(box.reader, key).conversation == newest


def test_a_damaged_message_keeps_what_its_row_says(box):
    contents = fill(box)
    box.writer.run(
        lambda conn, changes: conn.execute("UPDATE raws SET key = zeroblob(32) WHERE id = 4")
    )
    box.writer.run(
        lambda conn, changes: integrity.rebuild(conn, box.store, contents.__getitem__, changes)
    )
    row = box.reader.execute("SELECT id FROM messages WHERE raw_id = 4").fetchone()
    kept = messages.get(box.reader, row[0])
    assert kept.subject.startswith("Subject")
    assert "damaged" in kept.defects[-1]


# --- reclaiming ------------------------------------------------------------------------------


def read_all(box: Mailbox) -> set[bytes]:
    ids = [row[0] for row in box.reader.execute("SELECT id FROM messages")]
    return {messages.raw(box.reader, box.store, message) for message in ids}


def test_the_room_of_forgotten_messages_is_reclaimed(box):
    contents = fill(box, 100)
    box.packs.close()
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 81), changes))
    before = packs.path(box.store.packs, 1).stat().st_size
    won = compaction.compact(box.writer, box.store, box.reader)
    assert won.packs == 1
    assert won.bytes > before * 0.7
    assert not packs.path(box.store.packs, 1).exists()
    assert read_all(box) == set(list(contents)[80:])
    assert integrity.check(box.reader, box.store) == []
    assert compaction.compact(box.writer, box.store, box.reader) == (0, 0)


def test_a_pack_that_is_written_to_is_left_alone(box):
    fill(box, 10)
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 9), changes))
    assert compaction.compact(box.writer, box.store, box.reader).bytes == 0
    assert len(read_all(box)) == 2


def test_records_on_their_way_into_the_database_are_left_alone(box):
    fill(box, 10)
    box.packs.close()
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 9), changes))
    writer = PackWriter(box.store.packs)
    sealed = writer.append(b"not committed yet")
    writer.close()
    assert compaction.compact(box.writer, box.store, box.reader).bytes == 0
    raw_id = box.writer.run(lambda conn, changes: raws.insert(conn, box.account, sealed))
    assert raws.load(box.reader, box.store, raw_id) == b"not committed yet"


def test_compaction_ends_early_when_told_to(box):
    contents = fill(box, 10)
    box.packs.close()
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 9), changes))
    stopping = threading.Event()
    stopping.set()
    assert compaction.compact(box.writer, box.store, box.reader, stopping) == (0, 0)
    assert read_all(box) == set(list(contents)[8:])


def test_small_packs_are_put_together(box):
    for n in range(4):
        writers = [PackWriter(box.store.packs) for _ in range(n + 1)]
        for writer in writers:
            sealed = writer.append(os.urandom(100))
            writer.sync()
            box.writer.run(lambda conn, changes, s=sealed: raws.insert(conn, box.account, s))
        for writer in writers:
            writer.close()
    assert len(packs.numbers(box.store.packs)) == 4
    compaction.compact(box.writer, box.store, box.reader)
    assert len(packs.numbers(box.store.packs)) == 1
    assert integrity.check(box.reader, box.store) == []


def test_a_damaged_pack_is_not_deleted(box):
    fill(box, 10)
    box.packs.close()
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 9), changes))
    os.truncate(packs.path(box.store.packs, 1), 9_500)
    compaction.compact(box.writer, box.store, box.reader)
    assert packs.path(box.store.packs, 1).exists()


class MovingAway:
    """A connection whose first look at a record is from before compaction moved it."""

    def __init__(self, conn: Connection, before: Sealed) -> None:
        self._conn = conn
        self._before: list[Sealed] = [before]

    def execute(self, sql: str, parameters: tuple[int, ...]) -> Cursor | MovingAway:
        return self if self._before else self._conn.execute(sql, parameters)

    def fetchone(self) -> Sealed:
        return self._before.pop()


def test_a_reader_that_looked_before_the_move_finds_the_record_after_it(box):
    contents = fill(box, 10)
    box.packs.close()
    box.writer.run(lambda conn, changes: placements.remove(conn, box.inbox, range(1, 9), changes))
    rows = {n: raws.get(box.reader, n) for n in (9, 10)}
    compaction.compact(box.writer, box.store, box.reader)
    assert all(raws.get(box.reader, n) != row for n, row in rows.items())
    found = {
        raws.load(MovingAway(box.reader, row), box.store, n)  # type: ignore[arg-type]
        for n, row in rows.items()
    }
    assert found == set(list(contents)[8:])


def test_unfinished_tails_and_leftovers_go_at_the_next_start(tmp_path):
    with mailbox(tmp_path) as box:
        contents = fill(box, 5)
        end = packs.path(box.store.packs, 1).stat().st_size
        box.packs.append(b"died before the commit")
        other = PackWriter(box.store.packs)
        leftover = other.append(b"so did this one")
        other.close()
    with mailbox(tmp_path) as box:
        assert packs.path(box.store.packs, 1).stat().st_size == end
        assert not packs.path(box.store.packs, leftover.pack).exists()
        assert read_all(box) == set(contents)
        assert conversations.count(box.reader, [box.inbox]) > 0
