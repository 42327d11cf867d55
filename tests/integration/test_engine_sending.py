"""Accounts, drafts and sending through a real engine and a real server."""

from __future__ import annotations

import email
import os
import time

import msgspec
import pytest

from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import (
    AddAccount,
    AttachToDraft,
    DiscardDraft,
    RemoveAccount,
    RetrySend,
    SaveDraft,
    SendDraft,
    SendRaw,
    Sync,
    UndoSend,
    UpdateAccount,
    Watch,
)
from missive_desktop.errors import LoginRefused, Refused, UsageError
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, drafts, folders, outbox

KEY = os.urandom(32)


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "profile").create()


@pytest.fixture
def user(dovecot):
    return dovecot.new_user()


@pytest.fixture
def client(profile):
    with BlockingClient(profile, KEY) as client:
        yield client
    assert not profile.crash_log.exists() or profile.crash_log.read_text() == ""


@pytest.fixture
def conn(client, profile):
    connection = database.open_reader(database.Store(profile.database, profile.packs, KEY))
    yield connection
    connection.close()


@pytest.fixture
def account(client, dovecot, user):
    settings = dovecot.settings(user)
    return client.call(AddAccount(settings=settings, secret=user.password))["account"]


def arrived(server, user, wait=60.0):
    end = time.monotonic() + wait
    while time.monotonic() < end:
        with server.client(user, "INBOX") as imap:
            _, data = imap.search(None, "ALL")
            if data[0]:
                _, data = imap.fetch(data[0].split()[-1], "(BODY[])")
                return email.message_from_bytes(data[0][1])
        time.sleep(0.1)
    raise AssertionError("nothing arrived")


def draft_to(account, user, *others, **more):
    return Draft(
        account=account,
        sender=Address("Me", more.pop("sender")),
        to=(Address("", user.address),),
        bcc=tuple(Address("", other.address) for other in others),
        **more,
    )


def test_a_draft_with_a_file_is_written_sent_and_filed(client, conn, dovecot, user, account):
    friend, hidden = dovecot.new_user(), dovecot.new_user()
    fields = client.call(AttachToDraft(account=account, name="plan.txt", data=b"the plan"))
    file = msgspec.convert(fields, DraftAttachment)
    assert (file.name, file.media_type, file.size) == ("plan.txt", "text/plain", 8)
    content = draft_to(account, friend, hidden, sender=user.address, subject="Plän", text="hi")
    saved = client.call(SaveDraft(draft=0, content=content))
    content = msgspec.structs.replace(
        content, message_id=saved["message_id"], attachments=(file,), text="hi again"
    )
    assert client.call(SaveDraft(draft=saved["draft"], content=content)) == saved
    sent = client.call(SendDraft(draft=saved["draft"], undo_seconds=0, wait=True))
    assert outbox.get(conn, sent["outbox"]).error == ""
    for reader in (friend, hidden):
        mail = arrived(dovecot, reader)
        assert mail["Message-ID"] == f"<{saved['message_id']}>"
        assert mail["Bcc"] is None
        assert [part.get_filename() for part in mail.walk() if part.get_filename()] == ["plan.txt"]
    assert drafts.get(conn, saved["draft"]) is None
    client.call(Sync(account=account))
    [folder] = [row for row in folders.for_account(conn, account) if row.role == "sent"]
    assert folder.stored == 1


def test_sending_is_undone_within_its_window(client, conn, dovecot, user, account):
    friend = dovecot.new_user()
    content = draft_to(account, friend, sender=user.address, subject="oops", text="hi")
    saved = client.call(SaveDraft(draft=0, content=content))
    queued = client.call(SendDraft(draft=saved["draft"], undo_seconds=30))
    assert queued["until"] > time.time() + 20
    back = client.call(UndoSend(outbox=queued["outbox"]))["draft"]
    assert drafts.get(conn, back).draft.subject == "oops"
    assert outbox.get(conn, queued["outbox"]) is None
    with pytest.raises(Refused):
        client.call(UndoSend(outbox=queued["outbox"]))
    client.call(DiscardDraft(draft=back))
    assert drafts.all_(conn) == []


def test_what_failed_is_kept_and_sent_again(client, conn, dovecot, user, account):
    friend = dovecot.new_user()
    raw = f"From: {user.address}\nTo: {friend.address}\nSubject: x\n\nhello\n".encode()
    dovecot.submission.behaviour.refused[friend.address] = "550 5.1.1 no such person"
    number = client.call(SendRaw(raw=raw, wait=True))["outbox"]
    row = outbox.get(conn, number)
    assert row.state == "failed"
    assert "no such person" in row.error
    del dovecot.submission.behaviour.refused[friend.address]
    client.call(RetrySend(outbox=number, wait=True))
    assert arrived(dovecot, friend)["Subject"] == "x"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"Subject: x\n\nno sender\n", "From"),
        (b"From: USER\nSubject: nobody\n\nx", "recipients"),
        (b"", "From"),
    ],
)
def test_what_cannot_be_sent_is_said_at_once(client, user, account, raw, said):
    raw = raw.replace(b"USER", user.address.encode())
    with pytest.raises(UsageError, match=said):
        client.call(SendRaw(raw=raw, account=account))


def test_an_account_that_never_signed_in_is_not_kept(client, conn, dovecot, user):
    with pytest.raises(LoginRefused):
        client.call(AddAccount(settings=dovecot.settings(user), secret="wrong"))
    assert accounts.all_(conn) == []


def test_a_new_secret_is_tried_before_it_is_kept(client, conn, dovecot, user, account):
    settings = msgspec.structs.replace(dovecot.settings(user), name="New Name")
    with pytest.raises(LoginRefused):
        client.call(UpdateAccount(account=account, settings=settings, secret="wrong"))
    client.call(UpdateAccount(account=account, settings=settings))
    assert accounts.get(conn, account).settings.name == "New Name"
    assert accounts.secret(conn, account) == user.password


def test_sending_is_tried_before_settings_are_kept(client, conn, dovecot, user, account):
    settings = msgspec.structs.replace(dovecot.settings(user), name="New Name")
    dovecot.submission.behaviour.passwords[user.address] = "another"
    with pytest.raises(LoginRefused, match="sign-in"):
        client.call(UpdateAccount(account=account, settings=settings))
    assert accounts.get(conn, account).settings.name != "New Name"


def test_removing_while_it_syncs(client, conn, dovecot, user, account):
    client.call(Watch(on=True))
    client.call(RemoveAccount(account=account))
    assert accounts.all_(conn) == []
    with pytest.raises(UsageError):
        client.call(RemoveAccount(account=account))


def test_stopping_takes_moments_while_it_watches(profile, dovecot, user):
    client = BlockingClient(profile, KEY)
    client.call(AddAccount(settings=dovecot.settings(user), secret=user.password))
    client.call(Watch(on=True))
    time.sleep(0.5)
    began = time.monotonic()
    client.close()
    assert time.monotonic() - began < 3
    with pytest.raises(ProcessLookupError):
        os.kill(client.pid, 0)
