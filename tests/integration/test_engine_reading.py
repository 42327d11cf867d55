"""Prepare, open and save through a real engine."""

from __future__ import annotations

import os
import stat
from email.message import EmailMessage
from pathlib import Path

import pytest

from missive_desktop.content import rendered as content
from missive_desktop.content.sanitize import VERSION
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import Import, OpenAttachment, Prepare, SaveAttachment
from missive_desktop.errors import DiskTrouble, UsageError
from missive_desktop.profile import Profile
from missive_desktop.store import database, folders, messages, rendered

KEY = os.urandom(32)


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "profile").create()


@pytest.fixture
def client(profile, tmp_path):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "files"
    mail.set_content("see below")
    mail.add_alternative("<p>see <script>x()</script><b>below</b></p>", subtype="html")
    mail.add_attachment(b"%PDF data", maintype="application", subtype="pdf", filename="../../a.pdf")
    path = tmp_path / "mail.eml"
    path.write_bytes(mail.as_bytes())
    with BlockingClient(profile, KEY) as client:
        client.call(Import(paths=(str(path),)))
        yield client


@pytest.fixture
def conn(client, profile):
    connection = database.open_reader(database.Store(profile.database, profile.packs, KEY))
    yield connection
    connection.close()


@pytest.fixture
def message(conn):
    return messages.newest(conn, folders.all_(conn)[0].id, 1)[0].id


def test_what_is_shown_is_made_once_and_anew_when_stale(client, conn, message):
    assert rendered.get(conn, message) is None
    assert client.call(Prepare(messages=(message, 12345))) == {}
    version, body = rendered.get(conn, message)
    assert version == VERSION
    shown = content.decode(body)
    assert "<b>below</b>" in str(shown.html)
    assert "script" not in str(shown.html)
    client.call(Prepare(messages=(message,)))


def test_an_attachment_is_opened_in_the_private_folder(client, profile, message):
    [part] = [a.part for a in shown_attachments(client, profile, message)]
    path = Path(client.call(OpenAttachment(message=message, part=part))["path"])
    assert path.parent.parent == profile.opened
    assert path.name.endswith("a.pdf")
    assert path.read_bytes() == b"%PDF data"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError):
        client.call(OpenAttachment(message=message, part=99))


def test_an_attachment_is_saved_where_it_shall_go(client, profile, message, tmp_path):
    [part] = [a.part for a in shown_attachments(client, profile, message)]
    target = tmp_path / "saved.pdf"
    client.call(SaveAttachment(message=message, part=part, path=str(target)))
    assert target.read_bytes() == b"%PDF data"
    with pytest.raises(DiskTrouble):
        client.call(SaveAttachment(message=message, part=part, path=str(tmp_path / "no" / "x")))


def shown_attachments(client, profile, message):
    client.call(Prepare(messages=(message,)))
    connection = database.open_reader(database.Store(profile.database, profile.packs, KEY))
    try:
        return content.decode(rendered.get(connection, message)[1]).attachments
    finally:
        connection.close()
