"""Mail of an allowed sender: its images are fetched while nobody looks, before it is opened."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest
from tests.servers.pictures import HOST, PictureServer, answer, png
from tests.servers.victim import Victim
from tests.servers.web_proxy import WebProxy

from missive_desktop.content import rendered as content
from missive_desktop.engine.protocol import Import, SetImageRule, SetSetting, Watch
from missive_desktop.store import rendered
from missive_desktop.store.database import Connection

AGO = 20 * 24 * 3600


def mail(name: str, sender: str, age: int = 60) -> bytes:
    date = formatdate(time.time() - age)
    return (
        f"From: {sender}\nSubject: {name}\nMessage-ID: <{name}@shop.example.org>\nDate: {date}\n"
        f'Content-Type: text/html\n\n<p>words</p><img src="https://{HOST}/{name}.png" width="40">\n'
    ).encode()


def loaded(conn: Connection) -> dict[str, int]:
    """Return how many remote images each prepared mail shows."""
    rows = conn.execute("SELECT id, subject FROM messages").fetchall()
    found = {subject: rendered.get(conn, message) for message, subject in rows}
    return {name: content.decode(body[1]).loaded for name, body in found.items() if body}


def test_images_are_there_before_the_mail_is_opened(
    tmp_path: Path, picture_server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(picture_server.certificates.ca))
    proxy = WebProxy("http", picture_server)
    victim = Victim(tmp_path)
    files = {
        "fresh": mail("fresh", "news@shop.example.org"),
        "old": mail("old", "news@shop.example.org", AGO),
        "stranger": mail("stranger", "eve@example.net"),
        "odd": mail("odd", '"service@bank.example" <news@shop.example.org>'),
    }
    for name, raw in files.items():
        picture_server.pages[f"/{name}.png"] = answer(png(40, 30))
        (tmp_path / f"{name}.eml").write_bytes(raw)
    try:
        with victim.client() as client:
            client.call(SetSetting(name="image_proxy", value=proxy.url))
            client.call(SetSetting(name="verify_signatures", value=False))
            client.call(SetImageRule(scope="domain", value="shop.example.org", allow=True))
            client.call(Watch())
            client.call(Import(paths=tuple(str(tmp_path / f"{name}.eml") for name in files)))
            end = time.monotonic() + 60
            while victim.read(loaded).get("fresh") != 1:
                assert time.monotonic() < end, victim.read(loaded)
                time.sleep(0.1)
        assert [heard.path for heard in picture_server.heard] == ["/fresh.png"]
    finally:
        proxy.close()
    assert victim.problems() == []
