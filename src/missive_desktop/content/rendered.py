"""What is shown of one message, made once, in the engine, and kept in the store.

Holds nothing that depends on the reader's clock, language or theme: `page` adds those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import zstandard

from missive_desktop.content import (
    invitation,
    origin,
    parse,
    plaintext,
    sanitize,
    text_of_html,
    trackers,
)
from missive_desktop.content.links import LinkNote, notes
from missive_desktop.content.unsubscribe import Ways, ways
from missive_desktop.domain.invitation import Invitation
from missive_desktop.domain.message import Address, Attachment, ParsedMessage
from missive_desktop.domain.sender import Facts
from missive_desktop.domain.threading import is_forward
from missive_desktop.domain.tracking import Tracker
from missive_wire import shapes

MAX_VISIBLE = 1024 * 1024
_NOTHING: Mapping[str, str] = {}


class Rendered(msgspec.Struct, frozen=True):
    """A message ready to be shown."""

    version: int
    subject: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: int
    html: sanitize.SafeHtml
    rich: bool  # the mail brought HTML of its own: in the dark it lies on a light card
    visible_text: str
    snippet: str
    blocked: int  # remote images, backgrounds, fonts that are not loaded, trackers among them
    trackers: tuple[Tracker, ...]
    attachments: tuple[Attachment, ...]  # those in the body (`inline`) among them
    list_id: str
    defects: tuple[str, ...]
    remote: tuple[str, ...] = ()  # the images among the blocked that "Show images" would load
    loaded: int = 0  # remote images that are shown
    has_dark: bool = False  # it brings styles of its own for the dark
    facts: Facts = Facts()  # where it comes from, for `authenticity`
    unsubscribe: Ways = Ways()
    invitations: tuple[Invitation, ...] = ()
    links: tuple[LinkNote, ...] = ()  # those whose text names another place than their address


def render(raw: bytes, table: trackers.Table = trackers.EMPTY) -> Rendered:
    """Make what is shown of a raw message; never fails."""
    return of_parsed(parse.parse(raw), table)


def of_parsed(
    parsed: ParsedMessage,
    table: trackers.Table = trackers.EMPTY,
    *,
    remote: Mapping[str, str] = _NOTHING,
) -> Rendered:
    """Make what is shown of a parsed message; `remote` as `sanitize` takes it."""
    known = parsed.digest
    found = trackers.find(parsed.html, parsed.headers, table, parsed.loading)
    blocked = loaded = 0
    wanted: tuple[str, ...] = ()
    has_dark = False
    defects = parsed.defects
    rich = bool(parsed.html.strip())
    forwarded = is_forward(known.subject)
    if rich:
        images = {
            file.content_id: f"{sanitize.IMAGE_URL}{file.part}"
            for file in parsed.attachments
            if file.content_id and file.media_type.startswith(("image/", "application/octet"))
        }
        refused = {one.url for one in found if one.kind != "link"}
        safe = sanitize.sanitize(
            parsed.html, images, remote=remote, refused=refused, forwarded=forwarded
        )
        html, blocked = safe.html, safe.blocked
        wanted, loaded, has_dark = safe.remote, safe.loaded, safe.has_dark
        defects += safe.defects
        text = text_of_html.shown(str(html))
    else:
        html = plaintext.to_html(parsed.text, forwarded=forwarded)
        text = parsed.text
    return Rendered(
        version=sanitize.VERSION,
        subject=known.subject,
        sender=known.sender,
        to=known.to,
        cc=known.cc,
        bcc=known.bcc,
        reply_to=known.reply_to,
        date=known.date,
        html=html,
        rich=rich,
        visible_text=text[:MAX_VISIBLE],
        snippet=known.snippet,
        blocked=blocked,
        trackers=found,
        attachments=parsed.attachments,
        list_id=known.list_id,
        defects=defects,
        facts=origin.facts(parsed.fields),
        unsubscribe=ways(parsed.headers),
        invitations=invitation.of_parts(parsed.calendars),
        links=notes(str(html)) if rich else (),
        remote=wanted,
        loaded=loaded,
        has_dark=has_dark,
    )


def encode(rendered: Rendered) -> bytes:
    """Return the bytes that the store keeps."""
    packed = msgspec.msgpack.encode(rendered, enc_hook=_plain)
    return zstandard.ZstdCompressor(level=3).compress(packed)


def decode(body: bytes) -> Rendered:
    """Take back what `encode` gave."""
    packed = zstandard.ZstdDecompressor().decompress(body)
    found: Rendered = shapes.unpacker(Rendered, _restored).decode(packed)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, sanitize.SafeHtml):
        return str(value)
    raise NotImplementedError(type(value))


def _restored(kind: type, value: Any) -> sanitize.SafeHtml:
    if kind is sanitize.SafeHtml and isinstance(value, str):
        return sanitize.restored(value)
    raise NotImplementedError(kind)
