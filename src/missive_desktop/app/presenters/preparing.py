"""Mails to pages: the document that the web view gets, and what `render` tells about a mail. Pure
but for the files beside the code; runs in the window and in processes that only prepare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from missive_desktop import resources
from missive_desktop.content import page, parse, rendered
from missive_desktop.content.page import Card
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sanitize import REMOTE_URL
from missive_desktop.sync.digesting import known_vendors

_FONTS = "".join(
    "@font-face{font-family:Inter;font-display:block;"
    f"font-weight:{weight};src:url(missive://mail/font/Inter-{weight}.ttf)}}\n"
    for weight in (400, 600)
)
_ONLY = 1  # the message of a page that shows a file: its images are asked for under this number


class Look(NamedTuple):
    """The theme as the page wants it: values of tokens by name, and whether it is dark."""

    values: Mapping[str, str]
    dark: bool


class RemoteImages(NamedTuple):
    """What became of the remote images of a mail."""

    loaded: Mapping[str, int] = {}  # address to the number under which the view asks for it
    data: Mapping[int, bytes] = {}
    failed: tuple[tuple[str, str], ...] = ()  # address, reason
    refused: tuple[str, ...] = ()  # trackers


# Loads what a mail would show, where that is allowed.
Load = Callable[[Rendered], RemoteImages]


class Prepared(NamedTuple):
    """A mail from a file, ready to be shown, and what was found in it."""

    page: str
    subject: str
    sender: str
    html: str
    blocked: int
    trackers: tuple[tuple[str, str, str], ...]  # vendor, kind, url
    defects: tuple[str, ...]
    images: Mapping[int, bytes]
    remote: RemoteImages


def document(
    cards: Sequence[Card],
    look: Look,
    me: Sequence[str] = (),
    *,
    deferred: bool = False,
    between: Sequence[tuple[int, str]] = (),
) -> str:
    """Write the page of a conversation, as `content.page` takes it."""
    values = look.values
    named = {
        **values,
        "font": values.get("family", "sans-serif"),
        "mail-size": values.get("type-mail", "14px"),
        "mail-line": values.get("line-mail", "22px"),
    }
    return page.conversation_page(
        cards, named, look.dark, stylesheet=_stylesheet(), me=me, deferred=deferred,
        between=between,
    )  # fmt: skip


def prepare(
    raw: bytes, values: Mapping[str, str], dark: bool, load: Load | None = None
) -> Prepared:
    """Read one mail of a file and write its page, with its remote images if it may `load` them."""
    parsed = parse.parse(raw)
    shown = rendered.of_parsed(parsed, known_vendors())
    remote = load(shown) if load is not None else RemoteImages()
    if remote.loaded:
        served = {url: f"{REMOTE_URL}{number}" for url, number in remote.loaded.items()}
        shown = rendered.of_parsed(parsed, known_vendors(), remote=served)
    when = datetime.fromtimestamp(shown.date, UTC) if shown.date else None
    time = f"{when:%Y-%m-%d %H:%M} UTC" if when else ""
    html = document([Card(_ONLY, shown, time)], Look(values, dark))
    sender = shown.sender
    inline = [file.part for file in shown.attachments if file.media_type.startswith("image/")]
    return Prepared(
        page=html,
        subject=shown.subject,
        sender=f"{sender.name} <{sender.email}>" if sender.name else sender.email,
        html=str(shown.html),
        blocked=shown.blocked,
        trackers=tuple((one.vendor, one.kind, one.url) for one in shown.trackers),
        defects=shown.defects,
        images={part: parse.attachment(raw, part) for part in inline},
        remote=remote,
    )


def serve(
    pipe: Connection[Any, Any], values: Mapping[str, str], dark: bool, load: Load | None = None
) -> None:
    """Prepare mail after mail from a pipe: the whole life of a process that does only this."""
    while True:
        try:
            raw = pipe.recv_bytes()
        except EOFError:
            return
        try:
            answer: Prepared | str = prepare(raw, values, dark, load)
        except Exception as error:  # a bug; told to who asked, so that the next mail is read
            answer = f"it could not be read ({type(error).__name__})"
        pipe.send(answer)


@lru_cache(maxsize=1)
def _stylesheet() -> str:
    return _FONTS + resources.path("mail.css").read_text(encoding="utf-8")
