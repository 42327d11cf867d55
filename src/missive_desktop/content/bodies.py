"""Which leaves of a message are its body, and which are files (RFC 2046 5.1, 2183, 2387).

Owns the choice only: the text is as received, hostile HTML included.
"""

from __future__ import annotations

import html as html_entities
from collections.abc import Sequence
from typing import NamedTuple

from missive_desktop.content import charsets, enriched, mime, tnef

MAX_BODY = 8 * 1024 * 1024  # bytes of one text part that are looked at

_SIGNATURES = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    }
)
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
}


class Piece(NamedTuple):
    """A body part as text."""

    part: mime.Part
    text: str


class Bodies(NamedTuple):
    """The body as plain text and as HTML, in order, and the files."""

    plain: tuple[Piece, ...]
    html: tuple[Piece, ...]
    mixed: bool  # plain text stands beside HTML, not instead of it
    files: tuple[mime.Part, ...]
    packages: tuple[tuple[int, tnef.Package], ...]  # unpacked winmail.dat, by the leaf's number
    defects: tuple[str, ...]


def choose(raw: bytes, tree: mime.Tree) -> Bodies:
    """Sort the leaves of `tree` into body and files."""
    texts: list[mime.Part] = []
    files: list[mime.Part] = []
    for part in tree.parts:
        if _is_body(part, bool(texts)):
            texts.append(part)
        elif not _is_unshown_alternative(part):
            files.append(part)
    plain, html = _of_alternatives(texts)
    defects: list[str] = []
    plain_pieces = tuple(Piece(part, _text(raw, part, defects)) for part in plain)
    html_pieces = tuple(Piece(part, _text(raw, part, defects)) for part in html)
    alone = any(
        not any(part.alternative and part.alternative == other.alternative for other in html)
        for part in plain
    )
    packages = tuple(
        (part.number, tnef.unpack(mime.content(raw, part)))
        for part in files
        if tnef.is_package(part.media_type, part.name)
    )
    if packages and not any(piece.text.strip() for piece in plain_pieces + html_pieces):
        plain_pieces, html_pieces = _packed_body(files, packages)
        alone = False
    return Bodies(
        plain_pieces,
        html_pieces,
        alone and bool(html_pieces),
        tuple(files),
        packages,
        tuple(defects),
    )


def _packed_body(
    files: Sequence[mime.Part], packages: Sequence[tuple[int, tnef.Package]]
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the body of the first package that has one."""
    parts = {part.number: part for part in files}
    for number, package in packages:
        if package.html.strip():
            return (), (Piece(parts[number], package.html[:MAX_BODY]),)
        if package.text.strip():
            return (Piece(parts[number], package.text[:MAX_BODY]),), ()
    return (), ()


def joined_html(bodies: Bodies) -> str:
    """Return the body as one HTML text, plain parts beside HTML ones put in at their place."""
    if not bodies.html:
        return ""
    if len(bodies.html) == 1 and not bodies.mixed:
        return bodies.html[0].text
    groups = {piece.part.alternative for piece in bodies.html if piece.part.alternative}
    shown = [(piece.part.number, piece.text) for piece in bodies.html]
    for piece in bodies.plain:
        if piece.part.alternative in groups or not piece.text.strip():
            continue
        escaped = html_entities.escape(piece.text.strip("\r\n"), quote=False)
        shown.append((piece.part.number, f'<div style="white-space: pre-wrap">{escaped}</div>'))
    return "\n".join(text for _, text in sorted(shown, key=lambda item: item[0]))


def is_counted(part: mime.Part) -> bool:
    """Whether a file deserves a paperclip: signatures and pictures of the body do not."""
    if part.media_type in _SIGNATURES:
        return False
    embedded = part.content_id and part.media_type.startswith("image/")
    return not (embedded and (part.related or part.disposition == "inline"))


def name_of(part: mime.Part) -> str:
    """Return the name of a file; one without a name gets one from its kind."""
    if part.name:
        return part.name
    kind = part.media_type.partition("/")[0]
    stem = {"image": "image", "message": "message", "audio": "audio", "video": "video"}.get(
        kind, "attachment"
    )
    return f"{stem}-{part.number + 1}{_EXTENSIONS.get(part.media_type, '')}"


def _is_body(part: mime.Part, has_text: bool) -> bool:
    if part.media_type in enriched.TYPES:
        return not (part.alternative or part.name or part.disposition == "attachment")
    if part.media_type not in ("text/plain", "text/html"):
        return False
    if part.disposition == "attachment":
        return False
    return not part.name or not has_text


def _is_unshown_alternative(part: mime.Part) -> bool:
    """Another form of the same text, such as AMP: neither body nor file."""
    return (
        part.alternative > 0
        and part.media_type.startswith("text/")
        and part.media_type not in ("text/calendar", "text/plain", "text/html")
        and not part.name
        and part.disposition != "attachment"
    )


def _of_alternatives(
    texts: Sequence[mime.Part],
) -> tuple[list[mime.Part], list[mime.Part]]:
    """Keep one branch of plain text and the last branch of HTML of each alternative."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for part in texts:
        if part.alternative and part.media_type == "text/plain":
            first.setdefault(part.alternative, part.branch)
        elif part.alternative:
            last[part.alternative] = part.branch
    plain: list[mime.Part] = []
    html: list[mime.Part] = []
    for part in texts:
        is_plain = part.media_type != "text/html"
        wanted = (first if is_plain else last).get(part.alternative, part.branch)
        if not part.alternative or part.branch == wanted:
            (plain if is_plain else html).append(part)
    return plain, html


def _text(raw: bytes, part: mime.Part, defects: list[str]) -> str:
    data = mime.content(raw, part)
    if len(data) > MAX_BODY:
        data = data[:MAX_BODY]
        defects.append("its text is longer than 8 MB and was cut")
    label = part.charset
    if part.media_type == "text/html" and not charsets.codec(label) and not data.isascii():
        label = charsets.of_html(data) or label
    text, good = charsets.decode(data, label)
    if part.media_type in enriched.TYPES:
        text = enriched.plain(text)
    if not good:
        said = f'"{part.charset[:40]}"' if part.charset else "nothing"
        note = f"its text does not fit the charset it declares ({said})"
        if note not in defects:
            defects.append(note)
    return text
