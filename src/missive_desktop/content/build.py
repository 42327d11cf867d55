"""Drafts into messages (RFC 5322, 2045, 3676), and messages into envelopes (RFC 5321).

Plain text goes out as format=flowed; with formatting as alternatives, with inline images related.
Bcc is never part of what is built: it belongs to the envelope.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

from missive_desktop.content import addresses, encoding, flowed, headers, text_of_html
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.errors import UsageError

_BCC = re.compile(
    rb"^(?:resent-)?bcc[ \t]*:.*(?:\r?\n[ \t].*)*\r?\n?", re.IGNORECASE | re.MULTILINE
)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MBOX_LINE = re.compile(rb"\AFrom [^\r\n]*\r?\n")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_MAX_REFERENCES = 40


def build(
    draft: Draft, files: Mapping[int, bytes], *, now: int, domain: str, with_bcc: bool = False
) -> bytes:
    """Return the message of a draft, CRLF throughout.

    `files` holds the bytes of its attachments by their raw id; `now` is unix seconds; `domain`
    names the sender's side where the draft has no Message-ID yet. `with_bcc` keeps the blind
    recipients in the header: `envelope` takes them out again before anything is sent.
    """
    message_id = encoding.bare_id(draft.message_id) or _fallback_id(draft, now, domain)
    head = [
        encoding.addresses("From", [draft.sender]),
        *(
            encoding.addresses(name, people)
            for name, people in (("To", draft.to), ("Cc", draft.cc))
            if people
        ),
        encoding.unstructured("Subject", draft.subject),
        date(now),
        encoding.message_ids("Message-ID", [message_id]),
    ]
    if with_bcc and draft.bcc:
        head.append(encoding.addresses("Bcc", draft.bcc))
    if encoding.bare_id(draft.in_reply_to):
        head.append(encoding.message_ids("In-Reply-To", [draft.in_reply_to]))
    references = [name for name in draft.references if encoding.bare_id(name)]
    if references:
        head.append(encoding.message_ids("References", _shortened(references)))
    head.append(b"MIME-Version: 1.0\r\n")
    return b"".join(head) + _content(draft, files, _border(message_id))


def date(now: int) -> bytes:
    """Return the Date header, in UTC: where the sender is, and travels, is nobody's business."""
    return f"Date: {format_datetime(datetime.fromtimestamp(now, UTC))}\r\n".encode()


def _fallback_id(draft: Draft, now: int, domain: str) -> str:
    made = sha256(f"{now} {draft.subject} {draft.text} {draft.to}".encode("utf-8", "replace"))
    return f"{made.hexdigest()[:32]}@{encoding.wire_address(domain) or 'localhost'}"


def _border(message_id: str) -> str:
    return "=_" + sha256(message_id.encode("utf-8", "replace")).hexdigest()[:24]


def _shortened(references: Sequence[str]) -> Sequence[str]:
    """Keep the first and the newest, as RFC 5322 section 3.6.4 lets a long chain be cut."""
    if len(references) <= _MAX_REFERENCES:
        return references
    return (references[0], *references[-_MAX_REFERENCES + 1 :])


def _content(draft: Draft, files: Mapping[int, bytes], border: str) -> bytes:
    """Return the MIME headers and body of the whole."""
    for one in draft.attachments:
        if one.raw not in files:
            raise UsageError(f"The attachment {one.name} is no longer here.")
    inline = [a for a in draft.attachments if a.content_id and f"cid:{a.content_id}" in draft.html]
    attached = [a for a in draft.attachments if a not in inline]
    empty = bool(draft.html) and not draft.text.strip()
    content = _plain(text_of_html.plain(draft.html) if empty else draft.text)
    if draft.html:
        html = _text("html", draft.html)
        if inline:
            images = [_file(one, files[one.raw], inline=True) for one in inline]
            html = _multipart("related", border + "r", [html, *images])
        content = _multipart("alternative", border + "a", [content, html])
    if attached:
        parts = [_file(one, files[one.raw]) for one in attached]
        content = _multipart("mixed", border + "m", [content, *parts])
    return content


def _plain(text: str) -> bytes:
    return _text("plain", flowed.wrap(text.replace("\r\n", "\n")), "; format=flowed")


def _text(subtype: str, text: str, parameters: str = "") -> bytes:
    coding, data = encoding.body(text if text.endswith("\n") else text + "\n")
    return (
        f"Content-Type: text/{subtype}; charset=utf-8{parameters}\r\n"
        f"Content-Transfer-Encoding: {coding}\r\n\r\n"
    ).encode() + data


def _file(file: DraftAttachment, data: bytes, *, inline: bool = False) -> bytes:
    kind = file.media_type.lower()
    if kind == "message/rfc822" and encoding.is_seven_bit(data):
        return _message(file, data)
    # A message inside must not be base64 (RFC 2046 section 5.2.1): others go as plain bytes.
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    name = file.name or "attachment"
    head = f"Content-Type: {kind}{encoding.parameter('name', name)}\r\n"
    head += f"Content-Disposition: {'inline' if inline else 'attachment'}"
    head += f"{encoding.parameter('filename', name)}\r\nContent-Transfer-Encoding: base64\r\n"
    if file.content_id:
        head += encoding.message_ids("Content-ID", [file.content_id]).decode()
    return head.encode() + b"\r\n" + encoding.base64_lines(data)


def _message(file: DraftAttachment, data: bytes) -> bytes:
    """Attach a message as what it is; it stays as it was written."""
    name = file.name or "message.eml"
    return (
        f"Content-Type: message/rfc822{encoding.parameter('name', name)}\r\n"
        f"Content-Disposition: attachment{encoding.parameter('filename', name)}\r\n"
        "Content-Transfer-Encoding: 7bit\r\n\r\n"
    ).encode() + data


def _multipart(subtype: str, border: str, parts: Sequence[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{border}"\r\n\r\n'.encode()
    line = f"--{border}".encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def envelope(raw: bytes) -> tuple[str, tuple[str, ...], bytes]:
    """Return the sender and all recipients of a message, and the message without any Bcc.

    A resent message (RFC 5322 section 3.6.6) goes to whom it is resent.
    """
    raw = _LINE_END.sub(b"\r\n", _MBOX_LINE.sub(b"", raw))
    found = headers.split(raw, 0, len(raw))
    names = {name for name, _ in found.fields}
    prefix = "resent-" if "resent-to" in names or "resent-bcc" in names else ""
    recipients: dict[str, None] = {}
    for name, value in found.fields:
        if name in (f"{prefix}to", f"{prefix}cc", f"{prefix}bcc"):
            for person in addresses.parse(value):
                if "@" in person.email:
                    recipients[encoding.wire_address(person.email)] = None
    sender = addresses.one(found.first(f"{prefix}sender") or found.first(f"{prefix}from"))
    head, body = raw[: found.body], raw[found.body :]
    return encoding.wire_address(sender.email), tuple(recipients), _BCC.sub(b"", head) + body
