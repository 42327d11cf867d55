"""A whole message, for showing and answering. Never fails: what is wrong stands in `defects`."""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.content import attached, beacons, bodies, digest, flowed, headers, mime
from missive_desktop.content.attached import attachment
from missive_desktop.domain.message import ParsedMessage

__all__ = ["attachment", "parse"]

MAX_HEADERS = 500


def parse(raw: bytes) -> ParsedMessage:
    """Return everything that is known about a raw message."""
    raw = mime.normalize(raw)
    tree = mime.walk(raw)
    body = bodies.choose(raw, tree)
    known = digest.of_tree(tree, body)
    html = bodies.joined_html(body)
    files = attached.attachments(raw, body, html)
    return ParsedMessage(
        digest=known,
        text=_plain(body.plain),
        html=html,
        attachments=files,
        headers=tuple(
            (name, headers.decode(value)) for name, value in tree.header.fields[:MAX_HEADERS]
        ),
        defects=known.defects,
        calendars=attached.calendars(raw, files),
        fields=tree.header.fields[:MAX_HEADERS],
        loading=beacons.files(raw, tree.parts),
    )


def _plain(pieces: Sequence[bodies.Piece]) -> str:
    out: list[str] = []
    for piece in pieces:
        text = piece.text.replace("\r\n", "\n").replace("\r", "\n")
        if piece.part.parameters.get("format", "").lower() == "flowed":
            text = flowed.join(text, piece.part.parameters.get("delsp", "").lower() == "yes")
        out.append(text.strip("\n"))
    return "\n\n".join(text for text in out if text)
