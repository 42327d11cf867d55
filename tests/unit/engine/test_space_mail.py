"""Mail of spaces is fetched once, and who opens one waits for no other."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from tests.factories import mailbox
from tests.team_factories import TeamBox, conv, mail, space

from missive_desktop.engine import space_mail
from missive_desktop.engine.runtime import Runtime
from missive_desktop.store import database, messages, team_mail

RAW = b"From: a@example.org\r\nSubject: %s\r\n\r\nWhole.\r\n"


class Server:
    """Hands out mails by their names; the one that is `held` not before another was opened."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.began, self.opened = threading.Event(), threading.Event()
        self.held = ""

    def bytes_of(self, account: int, scope: str, hash_: str, key: bytes, entity: str) -> bytes:
        self.asked.append(hash_)
        if hash_ == self.held:
            self.began.set()
            assert self.opened.wait(60)
        return RAW % hash_.encode()


def test_who_opens_a_mail_waits_for_none_that_is_fetched_ahead(tmp_path: Path) -> None:
    server = Server()
    with mailbox(tmp_path) as box:
        team = TeamBox(box)
        team.take_all(space())
        mails = [mail(word, word, blob=word, key="ab" * 32) for word in ("one", "two", "three")]
        team.take(*(conv(word, inbox=True) for word in ("one", "two", "three")), *mails)
        rows = {
            row.blob: row.message
            for each in mails
            if (row := team_mail.by_id(box.reader, team.account, each.id)) is not None
        }
        runtime = cast(
            Runtime,
            SimpleNamespace(
                store=box.store,
                writer=box.writer,
                stopping=threading.Event(),
                reading=lambda: closing(database.open_reader(box.store)),
                teams=SimpleNamespace(of=lambda _: SimpleNamespace(files=server)),
            ),
        )
        server.held = "one"
        ahead = threading.Thread(
            target=space_mail.complete, args=(runtime, [rows["one"], rows["two"]])
        )
        ahead.start()
        assert server.began.wait(60)
        again = threading.Thread(target=space_mail.complete, args=(runtime, [rows["one"]]))
        again.start()
        opening = threading.Thread(target=space_mail.complete, args=(runtime, [rows["three"]]))
        opening.start()
        opening.join(60)
        assert not opening.is_alive()
        server.opened.set()
        for each in (ahead, again):
            each.join(60)
        assert sorted(server.asked) == ["one", "three", "two"]
        for word, message in rows.items():
            assert messages.raw(box.reader, box.store, message) == RAW % word.encode()
