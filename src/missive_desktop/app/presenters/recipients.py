"""Recipients as typed and pasted: lists of people from text, and which addresses cannot be."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address

_SEPARATORS = ",;\n\r\t"
_ANGLE = re.compile(r"^(?P<name>.*?)<(?P<email>[^<>]*)>\s*$", re.DOTALL)
# RFC 5321 4.1.2 with RFC 6531: what a server may take; a domain needs a dot or to be a literal.
_LOCAL = r"(?:[^\s@\"(),:;<>\[\]\\]+|\"(?:[^\"\\]|\\.)*\")"
_DOMAIN = (
    r"(?:[^\s@.\"(),:;<>\[\]\\_]+(?:\.[^\s@.\"(),:;<>\[\]\\_]+)+|\[[0-9A-Fa-f:.]+\]|localhost)"
)
_VALID = re.compile(rf"{_LOCAL}@{_DOMAIN}")


def people(text: str) -> list[Address]:
    """Read `Name <a@b>, c@d; …` as people write and paste it; wrong ones are kept as they are."""
    found = [_person(piece) for piece in _pieces(text)]
    return [person for person in found if person.name or person.email]


def valid(person: Address) -> bool:
    """Say whether a mail to this address can be tried at all."""
    email = person.email
    local, _, _ = email.rpartition("@")
    well_formed = _VALID.fullmatch(email) is not None
    return well_formed and len(email) <= 254 and not local.startswith(".") and ".." not in local


def written(person: Address) -> str:
    """Return a person as text that `people` reads back."""
    if not person.name:
        return person.email
    name = person.name
    if any(mark in name for mark in ',;<>"@'):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{person.email}>"


def from_mailto(url: str, draft: Draft) -> Draft:
    """Fill a new draft from a link of RFC 6068. Attachments are not taken from links."""
    parts = urlsplit(url)
    fields: dict[str, list[str]] = {"to": [unquote(parts.path)]}
    query = parts.query.replace("+", "%2B")  # RFC 6068 section 5: a plus is a plus
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name.lower(), []).append(value)

    def listed(name: str) -> tuple[Address, ...]:
        return tuple(people(",".join(fields.get(name, []))))

    return Draft(
        account=draft.account,
        sender=draft.sender,
        to=listed("to"),
        cc=listed("cc"),
        bcc=listed("bcc"),
        subject=" ".join(fields.get("subject", [])).replace("\n", " ").replace("\r", ""),
        text="\n".join(fields.get("body", [])).replace("\r\n", "\n") + draft.text,
        in_reply_to=" ".join(fields.get("in-reply-to", [])).strip("<> \r\n"),
    )


def _pieces(text: str) -> list[str]:
    """Cut at separators that stand outside of quotes, brackets and angles."""
    pieces: list[str] = []
    current: list[str] = []
    quoted = escaped = False
    depth = 0
    for mark in text:
        if escaped:
            escaped = False
        elif mark == "\\" and quoted:
            escaped = True
        elif mark == '"':
            quoted = not quoted
        elif not quoted and mark in "<(":
            depth += 1
        elif not quoted and mark in ">)":
            depth = max(0, depth - 1)
        elif not quoted and depth == 0 and mark in _SEPARATORS:
            pieces.append("".join(current))
            current = []
            continue
        current.append(mark)
    pieces.append("".join(current))
    return [whole for piece in pieces for whole in _spaced(piece.strip()) if whole]


def _spaced(piece: str) -> list[str]:
    """Cut `a@b c@d`, as pasted from a column, at its spaces; nothing else."""
    words = piece.split()
    if len(words) > 1 and all(_VALID.fullmatch(word) for word in words):
        return words
    return [piece]


def _person(piece: str) -> Address:
    match = _ANGLE.match(piece)
    if match is None:
        return Address("", piece.removeprefix("mailto:").strip())
    name = match["name"].strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Address(" ".join(name.split()), match["email"].strip().removeprefix("mailto:"))
