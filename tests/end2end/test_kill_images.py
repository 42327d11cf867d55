"""kill -9 while images are loaded: what was kept stays, the store is whole, the rest follows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.servers.pictures import HOST, PictureServer, answer, png
from tests.servers.soak import dice, rounds
from tests.servers.victim import Victim
from tests.servers.web_proxy import WebProxy

from missive_desktop.engine.protocol import Act, Check, Import, LoadImages, SetSetting
from missive_desktop.store.database import Connection

MAILS, EACH = 12, 8


def mail(number: int) -> str:
    shown = "".join(
        f'<img src="https://{HOST}/{number}-{n}.png" width="40" height="30">' for n in range(EACH)
    )
    return (
        f"From: news@shop.example.org\nSubject: {number}\nMessage-ID: <{number}@shop.example.org>\n"
        f"Content-Type: text/html\n\n<p>words</p>{shown}"
        f'<img src="https://{HOST}/shared.png" width="40" height="30">\n'
    )


@pytest.fixture
def proxy(picture_server: PictureServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(picture_server.certificates.ca))
    for number in range(MAILS):
        for n in range(EACH):
            data = png(40, 30) + random.Random(number * 100 + n).randbytes(3000)
            picture_server.pages[f"/{number}-{n}.png"] = answer(data)
    picture_server.pages["/shared.png"] = answer(png(9, 9))
    picture_server.delay = 0.08
    made = WebProxy("http", picture_server)
    yield made
    made.close()


def kept(conn: Connection) -> set[tuple[int, str]]:
    return set(
        conn.execute(
            "SELECT u.message_id, i.url FROM remote_uses AS u"
            " JOIN remote_images AS i ON i.id = u.image_id"
        ).fetchall()
    )


def test_killed_while_images_are_loaded(
    tmp_path: Path, proxy: WebProxy, picture_server: PictureServer
) -> None:
    chance = dice("images")
    victim = Victim(tmp_path)
    files = []
    for number in range(MAILS):
        files.append(tmp_path / f"{number}.eml")
        files[-1].write_text(mail(number))
    with victim.client() as client:
        client.call(Import(paths=tuple(map(str, files))))
        client.call(SetSetting(name="image_proxy", value=proxy.url))
    ids = [row[0] for row in victim.read(lambda c: c.execute("SELECT id FROM messages").fetchall())]
    for _ in range(rounds(5)):
        before = victim.read(kept)
        heard = len(picture_server.heard)
        wanted = tuple(chance.sample(ids, len(ids)))
        victim.killed(chance.uniform(0.3, 1.5), lambda c, w=wanted: c.call(LoadImages(messages=w)))
        assert before <= victim.read(kept)
        asked = {f"https://{HOST}{one.path}" for one in picture_server.heard[heard:]}
        assert not asked & {url for _, url in before}
        assert victim.problems() == []
    with victim.client() as client:
        found = client.call(LoadImages(messages=tuple(ids)))
        assert (found["failed"], found["loaded"]) == (0, MAILS * (EACH + 1))
        assert client.call(Check(thorough=True))["problems"] == []
        client.call(Act(kind="delete", messages=tuple(ids)))
    assert victim.read(kept) == set()
    assert victim.read(lambda c: c.execute("SELECT count(*) FROM raws").fetchone()) == (0,)
    assert victim.problems() == []
