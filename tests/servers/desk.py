"""An engine in the test's own process, with a mailbox, and images of a server of the test's own."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.servers.pictures import HOST, PictureServer

from missive_desktop.content import rendered as content
from missive_desktop.content.sanitize import VERSION
from missive_desktop.engine import dispatch, images
from missive_desktop.engine.protocol import Changed, Import, Notice, Prepare, Request
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import integrity, rendered

KEY = bytes(range(32))
PIXEL = '<img src="https://track.example.net/o.gif?u=77" width="1" height="1">'


def html(*names: str) -> str:
    shown = "".join(f'<img src="https://{HOST}/{name}" width="40" height="30">' for name in names)
    return f"<p>harmless words</p>{shown}{PIXEL}"


class Desk:
    """An engine in this process, and a mailbox to take mail into."""

    def __init__(self, directory: Path, server: PictureServer) -> None:
        self.directory = directory
        self.server = server
        self.notices: list[set[int]] = []
        self.runtime = Runtime(Profile(directory / "profile").create(), KEY, self.note)

    def note(self, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self.notices.append(set(notice.changes.messages))

    def run(self, request: Request) -> dict[str, Any]:
        return dispatch.run(self.runtime, request)

    def take(self, body: str, sender: str = "Shop <news@shop.example.org>", **headers: str) -> int:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "me@example.org", "news"
        mail["Date"] = headers.pop("Date", "Mon, 23 Nov 2026 05:00:00 +0000")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("text")
        mail.add_alternative(body, subtype="html")
        path = self.directory / f"{len(list(self.directory.glob('*.eml')))}.eml"
        path.write_bytes(mail.as_bytes())
        before = set(self.all())
        self.run(Import(paths=(str(path),)))
        (new,) = set(self.all()) - before
        return new

    def all(self) -> list[int]:
        with self.runtime.reading() as conn:
            return [row[0] for row in conn.execute("SELECT id FROM messages").fetchall()]

    def load(self, *wanted: int, asked: bool = True) -> images.Loaded:
        return images.load_for(self.runtime, wanted, self.server.fetcher(), asked=asked)

    def shown(self, message: int) -> content.Rendered:
        self.run(Prepare(messages=(message,)))
        with self.runtime.reading() as conn:
            version, body = rendered.get(conn, message)
        assert version == VERSION
        return content.decode(body)

    def paths(self) -> list[str]:
        return [heard.path for heard in self.server.heard]

    def problems(self) -> list[str]:
        with self.runtime.reading() as conn:
            return integrity.check(conn, self.runtime.store)
