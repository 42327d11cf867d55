"""Accounts and folders, and removing all that belongs to them."""

from __future__ import annotations

import msgspec
import pytest
from tests.factories import NOON, digest, mailbox, settings

from missive_desktop.domain.account import AccountState
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.folder import Role
from missive_desktop.errors import UsageError
from missive_desktop.store import (
    accounts,
    actions,
    addresses,
    compaction,
    drafts,
    folders,
    integrity,
    outbox,
    packs,
    raws,
)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def test_an_account_is_kept_with_its_secret_apart(box):
    row = accounts.get(box.reader, box.account)
    assert row.settings == settings()
    assert row.state is AccountState.NEW
    assert "secret" not in repr(row)
    assert accounts.secret(box.reader, box.account) == "secret"
    assert accounts.by_address(box.reader, "BEN@example.org") == row
    assert accounts.by_address(box.reader, "nobody@example.org") is None
    assert accounts.get(box.reader, 99) is None
    assert accounts.secret(box.reader, 99) == ""


def test_an_address_is_added_once(box):
    with pytest.raises(UsageError, match="already"):
        box.writer.run(lambda conn, changes: accounts.insert(conn, settings(), "pw", changes))


def test_settings_and_secret_can_be_changed(box):
    new = msgspec.structs.replace(settings(), name="Benjamin")
    box.writer.run(
        lambda conn, changes: (
            accounts.update_settings(conn, box.account, new, changes),
            accounts.set_secret(conn, box.account, "other"),
        )
    )
    assert accounts.all_(box.reader)[0].settings.name == "Benjamin"
    assert accounts.secret(box.reader, box.account) == "other"


def test_a_state_is_noticed_only_when_it_differs(box):
    for _ in range(2):
        box.writer.run(
            lambda conn, changes: accounts.set_state(
                conn, box.account, AccountState.OFFLINE, "No connection.", changes
            )
        )
    assert len(box.published) == 1
    row = accounts.get(box.reader, box.account)
    assert (row.state, row.error) == (AccountState.OFFLINE, "No connection.")


def test_a_folder_is_known_once_and_follows_the_server(box):
    first = box.folder("Sent", Role.NONE)
    assert box.folder("Sent", Role.SENT) == first
    assert folders.by_role(box.reader, Role.SENT)[0].id == first
    assert folders.by_role(box.reader, Role.SENT, box.account)[0].id == first
    assert folders.by_role(box.reader, Role.SENT, box.account + 1) == []
    assert [row.name for row in folders.for_account(box.reader, box.account)] == ["INBOX", "Sent"]


def test_the_users_choice_of_a_role_stays(box):
    old, new = box.folder("Sent", Role.SENT), box.folder("Outgoing")
    box.writer.run(lambda conn, changes: folders.choose_role(conn, new, Role.SENT, changes))
    box.folder("Sent", Role.SENT)  # what the server says
    assert [row.id for row in folders.by_role(box.reader, Role.SENT)] == [new]
    assert folders.get(box.reader, old).role is Role.NONE


def test_only_what_is_given_of_a_folders_state_changes(box):
    box.writer.run(
        lambda conn, changes: folders.set_state(
            conn, box.inbox, changes, uidvalidity=7, uidnext=9, highestmodseq=1 << 62, on_server=3
        )
    )
    box.writer.run(lambda conn, changes: folders.set_state(conn, box.inbox, changes, error="no"))
    box.writer.run(lambda conn, changes: folders.set_state(conn, box.inbox, changes))
    row = folders.get(box.reader, box.inbox)
    assert (row.uidvalidity, row.uidnext, row.highestmodseq) == (7, 9, 1 << 62)
    assert (row.on_server, row.error) == (3, "no")


def test_a_renamed_folder_takes_those_below_it_along(box):
    parent, child, other = (box.folder(name) for name in ("A", "A/B", "AB"))
    box.writer.run(lambda conn, changes: folders.rename(conn, parent, "Z", changes))
    names = {row.id: row.name for row in folders.all_(box.reader)}
    assert (names[parent], names[child], names[other]) == ("Z", "Z/B", "AB")


def test_a_removed_account_leaves_nothing_but_the_others(tmp_path):
    with mailbox(tmp_path) as box:
        box.add([box.arrival(n) for n in range(1, 10)])
        keep = box.account
    with mailbox(tmp_path, "second@example.org") as box:
        gone = box.account
        box.add([box.arrival(n, digest(subject="secret plan")) for n in range(1, 10)])

        def hang_on(conn, changes):
            sealed = box.packs.append(b"attachment")
            box.packs.sync()
            raw = raws.insert(conn, gone, sealed)
            file = DraftAttachment(raw, "a.txt", "text/plain", 10)
            drafts.save(conn, 0, Draft(account=gone, attachments=(file,)), NOON, changes)
            frozen = raws.insert(conn, gone, box.packs.append(b"frozen"))
            box.packs.sync()
            item = outbox.Outbound(gone, frozen, "a@x", ("b@x",), "s", "m@x", NOON, NOON)
            outbox.enqueue(conn, item, changes)
            actions.queue(conn, gone, "flags", {}, NOON)

        box.writer.run(hang_on)
        box.packs.close()
        box.writer.run(lambda conn, changes: accounts.remove(conn, gone, changes), durable=True)
        assert [row.id for row in accounts.all_(box.reader)] == [keep]
        for table in ("messages", "raws", "conversations", "drafts", "outbox", "actions"):
            owners = box.reader.execute(f"SELECT DISTINCT account_id FROM {table}").fetchall()
            assert owners in ([], [(keep,)]), table
        assert box.reader.execute("SELECT count(*) FROM search_docsize").fetchone() == (9,)
        assert len(addresses.complete(box.reader, "ann")) == 1
        assert integrity.check(box.reader, box.store) == []
        before = sum(file.stat().st_size for file in box.store.packs.iterdir())
        won = compaction.compact(box.writer, box.store, box.reader)
        after = sum(file.stat().st_size for file in box.store.packs.iterdir())
        assert after == before - won.bytes < before
        assert integrity.check(box.reader, box.store) == []
        box.writer.run(lambda conn, changes: accounts.remove(conn, gone, changes))


def test_records_of_a_removed_account_open_no_more(tmp_path):
    with mailbox(tmp_path) as box:
        box.add([box.arrival(1, raw=b"private")])
        sealed = raws.get(box.reader, 1)
        box.writer.run(lambda conn, changes: accounts.remove(conn, box.account, changes))
        assert raws.get(box.reader, 1) is None
        assert packs.read(box.store.packs, sealed) == b"private"  # only with the key that is gone
        box.packs.close()
        compaction.compact(box.writer, box.store, box.reader)
        assert list(box.store.packs.iterdir()) == []
