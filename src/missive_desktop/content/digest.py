"""The bulk path: what the store keeps of a message, in one call of a few hundred microseconds.

Never raises, never hangs, and reads the same structure as `parse`, so that both always agree.
"""

from __future__ import annotations

import re

import msgspec

from missive_desktop.content import (
    addresses,
    bodies,
    dates,
    headers,
    mime,
    snippets,
    trackers,
    vendors,
)
from missive_desktop.domain.message import Address, Digest
from missive_desktop.domain.tracking import Tally

MAX_TEXT = 256 * 1024
MAX_REFERENCES = 100
GOOD_PLAIN = 200  # plain text of fewer characters may be a stub like "your program shows no HTML"

_IDS = re.compile(rb"<\s*([^<>]{1,900}?)\s*>")
_FOLDS = re.compile(rb"[\r\n]+[ \t]*")
_LIST_ID = re.compile(r"<([^<>]+)>")
_WANTED_WORDS = (
    "message-id references in-reply-to subject from sender to cc bcc reply-to date list-id "
    "auto-submitted precedence x-auto-response-suppress"
)
_WANTED = frozenset(_WANTED_WORDS.split())


def digest(raw: bytes, known: vendors.Table = vendors.EMPTY) -> Digest:
    """Return the digest of a raw message; `known` gives trackers their names."""
    raw = mime.normalize(raw)
    tree = mime.walk(raw)
    body = bodies.choose(raw, tree)
    made = of_tree(tree, body)
    found = trackers.of_tree(raw, tree, body, known)
    return msgspec.structs.replace(made, tracked=found) if found else made


def tracked(raw: bytes, known: vendors.Table) -> tuple[Tally, ...]:
    """Return only who would learn of a raw message's being read."""
    raw = mime.normalize(raw)
    tree = mime.walk(raw)
    return trackers.of_tree(raw, tree, bodies.choose(raw, tree), known)


def of_tree(tree: mime.Tree, body: bodies.Bodies) -> Digest:
    """Return the digest of a message that has been taken apart."""
    fields: dict[str, bytes] = {}
    for name, value in tree.header.fields:
        if name in _WANTED:
            if name not in fields:
                fields[name] = value
            elif name in ("to", "cc", "bcc"):  # repeated, against RFC 5322 3.6: all are meant
                fields[name] += b", " + value
    defects = list(tree.defects) + list(body.defects)
    text, snippet = _text(body)
    sender = addresses.one(fields.get("from", b""))
    if not sender.email:
        sender = addresses.one(fields.get("sender", b"")) if "sender" in fields else sender
        defects.append("it does not say who it is from")
    date = dates.plausible(headers.unfold(fields["date"])) if "date" in fields else 0
    if not date:
        defects.append("it has no date" if "date" not in fields else "its date makes no sense")
    return Digest(
        message_id=_first_id(fields.get("message-id", b"")),
        references=_references(fields),
        subject=" ".join(headers.decode(fields.get("subject", b"")).split())[:2000],
        sender=sender,
        to=_people(fields, "to"),
        cc=_people(fields, "cc"),
        bcc=_people(fields, "bcc"),
        reply_to=_people(fields, "reply-to"),
        date=date,
        text=text,
        snippet=snippet,
        filenames=tuple(_filenames(body)),
        attachments=_count(body),
        list_id=_list_id(fields.get("list-id", b"")),
        auto_submitted=_is_automatic(fields),
        defects=tuple(defects),
    )


def message_ids(value: bytes) -> tuple[str, ...]:
    """Return the message ids in a raw value, without brackets and repeats, in order."""
    if b"\n" in value:
        value = _FOLDS.sub(b" ", value)
    found = [_text_of_id(match) for match in _IDS.findall(value[: headers.MAX_VALUE])]
    return tuple(dict.fromkeys(name for name in found if name))


def _references(fields: dict[str, bytes]) -> tuple[str, ...]:
    """Return the ancestors, oldest first; of a very long chain the root and the newest."""
    found = list(message_ids(fields.get("references", b"")))
    for name in message_ids(fields.get("in-reply-to", b""))[:4]:
        if name not in found:
            found.append(name)
    if len(found) > MAX_REFERENCES:
        found = found[:1] + found[1 - MAX_REFERENCES :]
    return tuple(found)


def _first_id(value: bytes) -> str:
    if not value:
        return ""
    found = message_ids(value)
    if found:
        return found[0]
    return headers.unfold(value).strip("<> ")[:900].replace(" ", "")


def _text_of_id(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return "".join(text.split()) if " " in text or "\t" in text else text


def _people(fields: dict[str, bytes], name: str) -> tuple[Address, ...]:
    value = fields.get(name)
    if not value:
        return ()
    return tuple(person for person in addresses.parse(value) if person.email)


def _text(body: bodies.Bodies) -> tuple[str, str]:
    """Return the text for the index, and the snippet."""
    plain = "\n".join(piece.text for piece in body.plain)[:MAX_TEXT] if body.plain else ""
    if not body.html or (len(plain) >= GOOD_PLAIN and not body.mixed):
        return plain, snippets.snippet(plain)
    shown = "\n".join(snippets.visible(piece.text) for piece in body.html)[:MAX_TEXT]
    if body.mixed and plain:
        return f"{plain}\n{shown}"[:MAX_TEXT], snippets.snippet(plain) or snippets.snippet(shown)
    better = shown if len(shown) >= len(plain.strip()) else plain
    return better, snippets.snippet(better)


def _filenames(body: bodies.Bodies) -> list[str]:
    names = [part.name for part in body.files if part.name]
    for _, package in body.packages:
        names.extend(mime.file_name(file.name) for file in package.files)
    return names


def _count(body: bodies.Bodies) -> int:
    packages = dict(body.packages)
    return sum(
        len(packages[part.number].files)
        if part.number in packages
        else int(bodies.is_counted(part))
        for part in body.files
    )


def _list_id(value: bytes) -> str:
    if not value:
        return ""
    text = headers.decode(value)
    match = _LIST_ID.search(text)
    return (match[1] if match is not None else text).strip().lower()[:255]


def _is_automatic(fields: dict[str, bytes]) -> bool:
    """RFC 3834, and what was there before it."""
    said = fields.get("auto-submitted", b"").strip().lower()
    if said and not said.startswith(b"no"):
        return True
    if fields.get("precedence", b"").strip().lower() in (b"auto_reply", b"auto-reply"):
        return True
    return b"all" in fields.get("x-auto-response-suppress", b"").lower()
