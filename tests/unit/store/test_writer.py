"""The one writer: transactions, notices after them, errors that belong to the caller."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
from tests.factories import KEY

from missive_desktop.domain.changes import Changes
from missive_desktop.errors import DiskTrouble
from missive_desktop.profile import Profile
from missive_desktop.store import database
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.writer import Writer


@pytest.fixture
def store(tmp_path):
    return database.create_or_open(Profile(tmp_path), KEY)


def put(conn: Connection, name: str) -> None:
    conn.execute("INSERT INTO settings (name, value) VALUES (?, '1')", (name,))


def names(store: Store) -> list[str]:
    with closing(database.open_reader(store)) as reader:
        return [row[0] for row in reader.execute("SELECT name FROM settings ORDER BY name")]


def test_a_change_is_published_once_it_can_be_read(store):
    seen = []
    writer = Writer(store, lambda changes: seen.append((changes.folders, names(store))))

    def work(conn: Connection, changes: Changes) -> str:
        put(conn, "a")
        changes.folders.add(7)
        assert seen == []
        return "result"

    assert writer.run(work) == "result"
    assert seen == [({7}, ["a"])]
    writer.close()


def test_nothing_is_published_where_nothing_changed(store):
    seen = []
    writer = Writer(store, seen.append)
    writer.run(lambda conn, changes: None)
    writer.close()
    assert seen == []


def test_what_fails_leaves_nothing_behind_and_the_next_goes_on(store):
    seen = []
    writer = Writer(store, seen.append)

    def fail(conn: Connection, changes: Changes) -> None:
        put(conn, "half")
        changes.folders.add(1)
        raise KeyError("bug")

    with pytest.raises(KeyError):
        writer.run(fail)
    writer.run(lambda conn, changes: put(conn, "next"))
    writer.close()
    assert names(store) == ["next"]
    assert seen == []


def test_a_listener_that_fails_does_not_stop_the_writer(store, caplog):
    def listener(changes: Changes) -> None:
        raise RuntimeError("deaf")

    writer = Writer(store, listener)
    writer.run(lambda conn, changes: changes.folders.add(1))
    writer.run(lambda conn, changes: put(conn, "a"))
    writer.close()
    assert names(store) == ["a"]
    assert "publishing" in caplog.text


def test_work_is_done_in_the_order_given_also_from_many_threads(store):
    writer = Writer(store, lambda changes: None)
    order: list[tuple[int, int]] = []

    def submit(thread: int) -> None:
        for number in range(50):
            writer.submit(lambda conn, changes, n=number: order.append((thread, n)))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert len(order) == 200
    for number in range(4):
        assert [n for thread, n in order if thread == number] == list(range(50))


def test_what_must_last_waits_for_the_disk(store):
    writer = Writer(store, lambda changes: None)

    def level(conn: Connection, changes: Changes) -> int:
        return int(conn.execute("PRAGMA synchronous").fetchone()[0])

    assert writer.run(level) == 1
    assert writer.run(level, durable=True) == 2
    assert writer.run(level) == 1
    writer.close()


def test_close_finishes_what_is_queued_and_folds_the_journal_in(store):
    writer = Writer(store, lambda changes: None)
    futures = [
        writer.submit(lambda conn, changes, n=number: put(conn, f"{n:03}")) for number in range(100)
    ]
    writer.close()
    writer.close()
    assert all(future.done() for future in futures)
    assert len(names(store)) == 100
    wal = store.path.with_name(store.path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    with pytest.raises(RuntimeError, match="closed"):
        writer.submit(lambda conn, changes: None)


def test_a_full_disk_is_said_to_be_full_and_what_was_there_stays(store):
    writer = Writer(store, lambda changes: None)
    writer.run(lambda conn, changes: put(conn, "before"))

    def limit(conn: Connection, changes: Changes) -> None:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 2}")

    def fill(conn: Connection, changes: Changes) -> None:
        put(conn, "half")
        for number in range(1000):
            put(conn, f"{number}" * 100)

    writer.run(limit)
    with pytest.raises(DiskTrouble, match="full"):
        writer.run(fill)
    writer.run(lambda conn, changes: conn.execute("PRAGMA max_page_count = 1000000"))
    writer.run(lambda conn, changes: put(conn, "later"))
    writer.close()
    assert names(store) == ["before", "later"]


def test_work_that_was_cancelled_in_time_is_not_done(store):
    writer = Writer(store, lambda changes: None)
    gate = threading.Event()
    writer.submit(lambda conn, changes: gate.wait(60))
    late = writer.submit(lambda conn, changes: put(conn, "late"))
    assert late.cancel()
    gate.set()
    writer.close()
    assert names(store) == []


def test_folding_gives_the_room_of_the_journal_back_and_waits_for_no_reader(store):
    writer = Writer(store, lambda changes: None)
    journal = store.path.with_name(store.path.name + "-wal")
    with closing(database.open_reader(store)) as reader:
        writer.run(lambda conn, _: [put(conn, f"{n} {'x' * 1000}") for n in range(200)])
        assert journal.stat().st_size > 200_000
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM settings").fetchone()
        writer.run(lambda conn, _: put(conn, "a"))
        writer.fold()
        writer.run(lambda conn, _: put(conn, "b"))
        assert journal.stat().st_size > 0
        reader.execute("COMMIT")
        writer.fold()
        writer.run(lambda conn, _: None)
        assert journal.stat().st_size == 0
    assert len(names(store)) == 202
    writer.close()
    writer.fold()  # after the end: nothing to do
