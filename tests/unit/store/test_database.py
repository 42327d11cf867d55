"""Opening, encryption, migrations, and the driver's errors in plain words."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from tests.factories import KEY

from missive_desktop.errors import DiskTrouble, StoreLocked
from missive_desktop.profile import Profile
from missive_desktop.store import database
from missive_desktop.store.database import Connection, Store


def open_raw(profile: Profile) -> Connection:
    return database.open_writer(Store(profile.database, profile.packs, KEY))


def schema_of(conn: Connection) -> set[tuple[str, str, str]]:
    rows = conn.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {(kind, name, bare(sql)) for kind, name, sql in rows}


def bare(sql: str) -> str:
    """Drop comments and line breaks: what is left is what the database goes by."""
    return " ".join(" ".join(line.split("--")[0] for line in sql.splitlines()).split())


def test_the_file_is_encrypted_from_its_first_byte(tmp_path):
    profile = Profile(tmp_path / "p")
    store = database.create_or_open(profile, KEY)
    assert not store.path.read_bytes().startswith(b"SQLite format 3")
    with closing(database.open_writer(store)) as conn:
        conn.execute("INSERT INTO settings (name, value) VALUES ('marmalade', '1')")
    for file in profile.directory.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"marmalade" not in content
            assert b"CREATE TABLE" not in content


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
def test_only_the_owner_can_read_it(tmp_path):
    profile = Profile(tmp_path / "p")
    database.create_or_open(profile, KEY)
    assert profile.directory.stat().st_mode & 0o777 == 0o700
    assert profile.database.stat().st_mode & 0o777 == 0o600


def test_the_key_does_not_show_where_a_store_is_printed(tmp_path):
    assert KEY.hex() not in repr(Store(tmp_path, tmp_path, KEY))
    assert repr(KEY) not in repr(Store(tmp_path, tmp_path, KEY))


def test_a_wrong_key_is_refused_in_plain_words_and_harms_nothing(tmp_path, capfd):
    profile = Profile(tmp_path)
    database.create_or_open(profile, KEY)
    with pytest.raises(StoreLocked, match="does not open with this key"):
        database.create_or_open(profile, bytes(32))
    database.create_or_open(profile, KEY)
    assert capfd.readouterr() == ("", "")  # the driver writes to stderr unless told not to


def test_a_key_of_the_wrong_length_is_a_bug(tmp_path):
    with pytest.raises(ValueError, match="32 bytes"):
        database.create_or_open(Profile(tmp_path), b"short")


def test_a_plain_database_is_refused_and_left_alone(tmp_path):
    profile = Profile(tmp_path)
    plain = b"SQLite format 3\0" + bytes(4080)
    profile.database.write_bytes(plain)
    with pytest.raises(StoreLocked, match="not encrypted"):
        database.create_or_open(profile, KEY)
    assert profile.database.read_bytes() == plain


def test_a_damaged_store_is_said_to_be_damaged(tmp_path):
    profile = Profile(tmp_path)
    store = database.create_or_open(profile, KEY)
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(DiskTrouble, match="damaged"):
        database.create_or_open(profile, KEY)


def test_a_profile_that_cannot_be_made_is_disk_trouble(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskTrouble):
        database.create_or_open(Profile(tmp_path / "file" / "profile"), KEY)


def test_a_reader_cannot_write(tmp_path):
    store = database.create_or_open(Profile(tmp_path), KEY)
    with closing(database.open_reader(store)) as reader, pytest.raises(DiskTrouble):
        reader.execute("INSERT INTO settings (name, value) VALUES ('a', '1')")


def test_a_store_of_a_newer_program_is_refused_in_plain_words(tmp_path):
    profile = Profile(tmp_path)
    store = database.create_or_open(profile, KEY)
    with closing(database.open_writer(store)) as conn:
        conn.execute(f"PRAGMA user_version = {database.newest_version() + 1}")
    with pytest.raises(StoreLocked, match="newer version"):
        database.create_or_open(profile, KEY)


def test_a_query_can_be_stopped(tmp_path):
    from missive_desktop.errors import Cancelled

    store = database.create_or_open(Profile(tmp_path), KEY)
    with closing(database.open_reader(store)) as reader:
        import threading

        stopped = threading.Event()

        def stop():  # again and again: before the query begins it would be lost, and that endless
            while not stopped.wait(0.05):
                reader.interrupt()

        stopping = threading.Thread(target=stop)
        stopping.start()
        with pytest.raises(Cancelled):
            reader.execute(
                "WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n)"
                " SELECT max(i) FROM n"
            )
        stopped.set()
        stopping.join()


# --- migrations ------------------------------------------------------------------------------
# A builder for each version fills a store of that version, in the SQL of its time. With a new
# migration comes a new builder; those of older versions stay as they are.


def build_1(conn: Connection) -> None:
    conn.execute("INSERT INTO settings (name, value) VALUES ('theme', '\"dark\"')")
    conn.execute(
        "INSERT INTO accounts (address, settings, secret, state, error)"
        " VALUES ('ann@example.org', '{}', 'pw', 'ready', '')"
    )
    conn.execute(
        "INSERT INTO folders (account_id, name, delimiter, role, role_chosen, selectable,"
        " uidvalidity, uidnext, highestmodseq, on_server, stored, conversations, unread, error)"
        " VALUES (1, 'INBOX', '/', 'inbox', 0, 1, 7, 2, 0, 1, 1, 1, 1, '')"
    )
    conn.execute("INSERT INTO packs (id, size, live) VALUES (1, 10, 10)")
    conn.execute(
        "INSERT INTO raws (account_id, pack, position, length, size, key)"
        " VALUES (1, 1, 0, 10, 20, x'00')"
    )
    conn.execute(
        "INSERT INTO conversations (account_id, subject, latest, messages, unread, starred,"
        " attachments, trackers, people, snippet) VALUES (1, 'Hi', 5, 1, 1, 0, 0, 0, '[]', '')"
    )
    conn.execute(
        "INSERT INTO messages (id, account_id, conversation_id, raw_id, hash, message_id,"
        " provider_id, provider_thread, received, subject, from_name, from_address, recipients,"
        " snippet, size, attachments, trackers, flags, list_id, defects) VALUES"
        " (5, 1, 1, 1, x'aa', 'm@x', 0, 0, 0, 'Hi', '', '', '{}', '', 20, 0, 0, 0, '', '')"
    )
    conn.execute(
        "INSERT INTO placements (folder_id, uid, message_id, flags, keywords)"
        " VALUES (1, 1, 5, 0, '')"
    )


def build_2(conn):
    build_1(conn)
    conn.execute(
        "INSERT INTO trackers (message_id, kind, host, vendor, how, times)"
        " SELECT id, 'pixel', 'o.example', '', 'size', 1 FROM messages"
    )


def build_3(conn):
    build_2(conn)
    conn.execute(
        "INSERT INTO teams (url, org, user, device, email, token, identity, sign, box, root,"
        " server_key, settings, last_mid, ack, heard, clock, seen, away, state, error, ended)"
        " VALUES ('https://sync.example', 'o', 'u', 'd', 'ann@example.org', 't', x'01', x'02',"
        " x'03', 'r', x'', '{}', 0, 0, 0, 0, 0, 0, 'ready', '', 0)"
    )
    conn.execute(
        "INSERT INTO team_scopes (team_id, scope, e, hi, lo, done, until, head, floor, sum, count,"
        " acl, key, rekey, resyncs, account_id)"
        " VALUES (1, 's:1', 'e1', 1, 0, 1, 0, 1, 0, '', 1, 1, 1, 0, 0, 0)"
    )
    conn.execute(
        "INSERT INTO team_rows (scope_id, t, id, op, seq, v, h, k, bv, body, sealed, trouble, own,"
        " by_, at, conv, signed)"
        " VALUES (1, 'conv', 'c', 'put', 1, 1, '{}', 1, 1, '{}', x'', '', 'u', 'u', 1, '', '')"
    )
    conn.execute(
        "INSERT INTO team_comments (account_id, id, conv, author, at, mentions, text, file,"
        " blob, v, pending) VALUES (1, 'k', 'c', 'u', 1, '[]', 'Hello', '', '', 1, 0)"
    )
    conn.execute(
        "INSERT INTO served (scope, team_id, account_id, options, state, device, error, fence,"
        " handed) VALUES ('s:1', 1, 1, '{}', 'serving', 'd', '', 3, '')"
    )
    conn.execute(
        "INSERT INTO served_mail (message_id, account_id, id, conv, name, error, told)"
        " VALUES (5, 1, 'm', 'c', 'm@x', '', 0)"
    )


BUILDERS = {1: build_1, 2: build_2, 3: build_3}


def test_every_version_has_its_builder():
    assert sorted(BUILDERS) == list(range(1, database.newest_version() + 1))


@pytest.mark.parametrize("version", sorted(BUILDERS))
def test_a_store_of_each_version_is_brought_up_to_date(tmp_path, version):
    fresh = database.create_or_open(Profile(tmp_path / "fresh"), KEY)
    with closing(database.open_reader(fresh)) as conn:
        wanted = schema_of(conn)

    profile = Profile(tmp_path / "old").create()
    with closing(open_raw(profile)) as conn:
        database.migrate(conn, upto=version)
        BUILDERS[version](conn)
    store = database.create_or_open(profile, KEY)
    with closing(database.open_reader(store)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone()[0] == database.newest_version()
        assert schema_of(conn) == wanted
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        row = conn.execute(
            "SELECT f.name, m.subject FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
            " JOIN messages AS m ON m.id = p.message_id"
        ).fetchone()
        assert row == ("INBOX", "Hi")


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path):
    profile = Profile(tmp_path).create()
    with closing(open_raw(profile)) as conn:
        conn.execute("CREATE TABLE outbox (id INTEGER)")  # the last table of version 1
        with pytest.raises(Exception, match="already exists"):
            database.migrate(conn)
        assert conn.execute("PRAGMA user_version").fetchone()[0] == 0
        names = {row[0] for row in conn.execute("SELECT name FROM sqlite_master")}
        assert names == {"outbox"}


def test_the_documented_schema_is_the_real_one(tmp_path):
    store = database.create_or_open(Profile(tmp_path / "real"), KEY)
    documented = Profile(tmp_path / "documented").create()
    text = (Path(database.__file__).parent / "schema" / "current.sql").read_text("utf-8")
    with closing(open_raw(documented)) as conn, closing(database.open_reader(store)) as real:
        for statement in database._statements(text):
            conn.execute(statement)
        assert schema_of(conn) == schema_of(real)


def test_every_table_of_the_schema_keeps_the_house_rules(tmp_path):
    store = database.create_or_open(Profile(tmp_path), KEY)
    with closing(database.open_reader(store)) as conn:
        tables = conn.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        assert tables
        assert [name for name, strict in tables if not strict] == []
        for name, _ in tables:
            for column in conn.execute(f"PRAGMA table_info({name})").fetchall():
                assert column[3] or column[5], f"{name}.{column[1]} may be NULL"
