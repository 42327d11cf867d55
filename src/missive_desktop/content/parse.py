"""A whole message, for showing and answering. Never fails: what is wrong stands in `defects`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from missive_desktop.content import bodies, digest, flowed, headers, mime
from missive_desktop.domain.message import Attachment, ParsedMessage

MAX_HEADERS = 500

_CID = re.compile(r"cid:([^\"'\s)>]{1,500})", re.IGNORECASE)


def parse(raw: bytes) -> ParsedMessage:
    """Return everything that is known about a raw message."""
    raw = mime.normalize(raw)
    tree = mime.walk(raw)
    body = bodies.choose(raw, tree)
    known = digest.of_tree(tree, body)
    html = bodies.joined_html(body)
    return ParsedMessage(
        digest=known,
        text=_plain(body.plain),
        html=html,
        attachments=_attachments(raw, body.files, html),
        headers=tuple(
            (name, headers.decode(value)) for name, value in tree.header.fields[:MAX_HEADERS]
        ),
        defects=known.defects,
        fields=tree.header.fields[:MAX_HEADERS],
    )


def attachment(raw: bytes, part: int) -> bytes:
    """Return the decoded bytes of the leaf number `part`, or nothing when there is none."""
    raw = mime.normalize(raw)
    for leaf in mime.walk(raw).parts:
        if leaf.number == part:
            return mime.content(raw, leaf)
    return b""


def _plain(pieces: Sequence[bodies.Piece]) -> str:
    out: list[str] = []
    for piece in pieces:
        text = piece.text.replace("\r\n", "\n").replace("\r", "\n")
        if piece.part.parameters.get("format", "").lower() == "flowed":
            text = flowed.join(text, piece.part.parameters.get("delsp", "").lower() == "yes")
        out.append(text.strip("\n"))
    return "\n\n".join(text for text in out if text)


def _attachments(raw: bytes, files: Sequence[mime.Part], html: str) -> tuple[Attachment, ...]:
    shown = {_plain_cid(name) for name in _CID.findall(html)} if "cid:" in html.lower() else set()
    return tuple(
        Attachment(
            part=part.number,
            name=_name(raw, part),
            media_type=part.media_type,
            size=len(mime.content(raw, part)),
            content_id=part.content_id,
            inline=bool(part.content_id) and _plain_cid(part.content_id) in shown,
        )
        for part in files
    )


def _name(raw: bytes, part: mime.Part) -> str:
    """Return the file's name; an attached message is named by its subject."""
    if not part.name and part.media_type == "message/rfc822":
        inner = mime.content(raw, part)[: headers.MAX_HEADER_BYTES]
        subject = headers.decode(headers.split(inner, 0, len(inner)).first("subject"))
        if subject:
            return mime.file_name(subject[:100]) + ".eml"
    return bodies.name_of(part)


def _plain_cid(name: str) -> str:
    """Content-IDs are compared as URLs do: `%40` is `@` (RFC 2392)."""
    return name.replace("%40", "@").replace("%2B", "+").strip().lower()
