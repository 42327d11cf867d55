"""What the composer decides without a screen: quote and signature, doubts before sending."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from missive_desktop.app.presenters.recipients import valid
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address

_FORWARDED = re.compile(r"^-{2,} ?.{3,40}? ?-{2,}$")
# What people write when a file should go along; matched at the start of a word, in their own text.
_ATTACHMENT_WORDS = re.compile(
    r"\b(attach(ed|ment|ing)|enclosed|anhang|angehängt|anbei|beigefügt|ci-joint|pièce jointe|"
    r"adjunt[oa]s?|en anexo|anexo|anexad[oa]|allegat[oi]|bijlage|bijgevoegd|bifogad|bilaga|"
    r"vedhæftet|vedlagt|liitteenä|w załączniku|załącz(am|nik)|во вложении|прикрепл\w+|"
    r"вкладенн\w+|v příloze|ekte|ek(li|teki))\b|添付|附件|첨부",
    re.IGNORECASE,
)


_HISTORY = '<blockquote type="cite">'


class Doubt(StrEnum):
    """Why a mail might not be meant to go out as it is."""

    NO_RECIPIENT = "no_recipient"
    WRONG_RECIPIENT = "wrong_recipient"
    NO_SUBJECT = "no_subject"
    NO_ATTACHMENT = "no_attachment"
    MEANWHILE = "meanwhile"  # others wrote in the conversation since the answer was begun


BLOCKING = frozenset({Doubt.NO_RECIPIENT, Doubt.WRONG_RECIPIENT})


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the composer now. `text` is the writer's own, without the folded quote."""

    account: int
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    text: str
    html: str  # "" while formatting is off


def doubts(written: Written, attachments: int) -> list[Doubt]:
    """Return what is to be said before this goes out, what forbids it first."""
    found: list[Doubt] = []
    everyone: Sequence[Address] = (*written.to, *written.cc, *written.bcc)
    if not everyone:
        found.append(Doubt.NO_RECIPIENT)
    elif not all(valid(person) for person in everyone):
        found.append(Doubt.WRONG_RECIPIENT)
    if not written.subject.strip():
        found.append(Doubt.NO_SUBJECT)
    if not attachments and _ATTACHMENT_WORDS.search(f"{written.subject}\n{written.text}"):
        found.append(Doubt.NO_ATTACHMENT)
    return found


def split_quote(text: str) -> tuple[str, str]:
    """Part a draft's text into what its writer wrote and the quoted history at its end."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if _FORWARDED.match(line.strip()):
            return _cut(lines, index)
    index = len(lines)
    while index > 0 and (lines[index - 1].startswith(">") or not lines[index - 1].strip()):
        index -= 1
    rest = lines[index:]
    if not any(line.startswith(">") for line in rest):
        return text, ""
    if index > 0 and lines[index - 1].rstrip().endswith((":", "：")):  # who wrote what follows
        index -= 1
        while index > 0 and lines[index - 1].strip() and index > len(lines) - len(rest) - 3:
            index -= 1
    return _cut(lines, index)


def _cut(lines: list[str], index: int) -> tuple[str, str]:
    own = "\n".join(lines[:index]).rstrip("\n")
    return own, "\n".join(lines[index:]).rstrip("\n")


def join_quote(own: str, quote: str) -> str:
    return f"{own.rstrip()}\n\n{quote}\n" if quote else own


def join_quote_html(own: str, quote: str) -> str:
    """Put the quoted history under a text with formatting; it stays plain."""
    if not quote:
        return own
    lines = escape(quote, quote=False).replace("\n", "<br>")
    return f"{own}{_HISTORY}{lines}</blockquote>"


def split_quote_html(html: str) -> str:
    """Return what the writer wrote, without the history that `join_quote_html` put there."""
    return html.partition(_HISTORY)[0]


def with_signature(text: str, signature: str) -> str:
    """Put a signature (RFC 3676 section 4.3) under a text that has none yet."""
    signature = signature.strip("\n")
    if not signature or signature in text:
        return text
    return f"{text.rstrip()}\n\n-- \n{signature}" if text.strip() else f"\n\n-- \n{signature}"


def exchange_signature(text: str, old: str, new: str) -> str:
    """Replace the signature of another account, if it was not touched."""
    ending = f"-- \n{old.strip(chr(10))}"
    if old.strip() and text.rstrip().endswith(ending):
        text = text.rstrip()[: -len(ending)].rstrip("\n")
        return with_signature(text, new) if new.strip() else text
    return with_signature(text, new)


def empty(draft: Draft, signature: str) -> bool:
    """Say whether there is nothing in a draft that would be missed."""
    own, _ = split_quote(draft.text)
    own = own.replace(f"-- \n{signature.strip(chr(10))}", "").strip()
    fresh = draft.kind == "new"
    return not own and not draft.attachments and not (fresh and (draft.subject or draft.to))
