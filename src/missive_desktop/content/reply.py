"""Answering and forwarding: who gets it, under what subject, with what quoted.

Pure: dates and names of fields come from the caller, who knows the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from missive_desktop.content import addresses, text_of_html
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address, ParsedMessage

# What other programs put before the subject of an answer or of a forwarded mail.
_ANSWER = re.compile(
    r"^\s*(?:re|aw|sv|antw|odp|vs|ref|rif|res|ynt|vá|回复|回覆|答复|返信|답장)\s*"
    r"(?:\[\d+\]|\(\d+\)|\d+)?\s*[:：]\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|i|vb|vl|doorst|pd|enc|ilt|továbbítás|转发|轉寄|転送|전달)\s*"
    r"(?:\[\d+\])?\s*[:：]\s*",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_MAX_REFERENCES = 100


def reply(message: ParsedMessage, draft: Draft, *, own: Collection[str], attribution: str) -> Draft:
    """Fill a draft that answers `message`; its kind says whether everybody gets it.

    `own` are the reader's own addresses, which get no copy; `attribution` is the line above the
    quote. Answering one's own mail goes to those it went to.
    """
    digest = message.digest
    mine = {address.casefold() for address in own}
    wrote_it = digest.sender.email.casefold() in mine
    to: Sequence[Address] = digest.reply_to or (digest.sender,)
    cc: Sequence[Address] = ()
    if wrote_it:
        to, cc = digest.to, digest.cc if draft.kind == "reply_all" else ()
    elif draft.kind == "reply_all":
        followup = _followup(message)
        if followup:
            to = followup
        else:
            cc = (*digest.to, *digest.cc)
    to = _without(to, mine if not wrote_it or len(digest.to) > 1 else ()) or tuple(to)
    taken = mine | {person.email.casefold() for person in to}
    body = message.text or text_of_html.plain(message.html)
    return msgspec.structs.replace(
        draft,
        to=to,
        cc=_without(cc, taken),
        subject=answer_subject(digest.subject),
        text=f"\n\n{attribution}\n{quoted(body)}\n",
        in_reply_to=digest.message_id,
        references=_chain(digest.references, digest.message_id),
    )


def forward(message: ParsedMessage, draft: Draft, *, heading: Sequence[str]) -> Draft:
    """Fill a draft that forwards `message` inline; `heading` says what it was.

    The files of the message are attached by the caller, who has the bytes.
    """
    body = message.text or text_of_html.plain(message.html)
    return msgspec.structs.replace(
        draft,
        subject=forward_subject(message.digest.subject),
        text="\n\n" + "\n".join(heading) + f"\n\n{body.rstrip()}\n",
        references=_chain(message.digest.references, message.digest.message_id),
    )


def answer_subject(subject: str) -> str:
    """Return the subject of an answer: one "Re:", whatever stood there in whatever language."""
    bare = subject
    while match := _ANSWER.match(bare):
        bare = bare[match.end() :]
    return f"Re: {bare.strip()}".strip()


def forward_subject(subject: str) -> str:
    """Return the subject of a forwarded mail: one "Fwd:"."""
    bare = subject
    while match := _FORWARD.match(bare):
        bare = bare[match.end() :]
    return f"Fwd: {bare.strip()}".strip()


def quoted(text: str) -> str:
    """Return a text as a quote, one level deeper, without the signature at its end."""
    lines = text.replace("\r\n", "\n").rstrip()
    marks = list(_SIGNATURE.finditer(lines))
    if marks and lines.count("\n", marks[-1].start()) <= 12:
        lines = lines[: marks[-1].start()].rstrip()
    return "\n".join(
        f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines.split("\n")
    )


def _followup(message: ParsedMessage) -> tuple[Address, ...]:
    """Return what Mail-Followup-To says: where a list wants its answers."""
    for name, value in message.headers:
        if name.lower() == "mail-followup-to":
            return addresses.parse(value.encode("utf-8", "replace"))
    return ()


def _without(people: Iterable[Address], taken: Collection[str]) -> tuple[Address, ...]:
    """Return people once each, without those whose address is taken."""
    out: dict[str, Address] = {}
    for person in people:
        folded = person.email.casefold()
        if folded and folded not in taken:
            out.setdefault(folded, person)
    return tuple(out.values())


def _chain(references: Sequence[str], message_id: str) -> tuple[str, ...]:
    """Return the references of an answer (RFC 5322 section 3.6.4), the parent last."""
    chain = [one for one in references if one != message_id]
    if message_id:
        chain.append(message_id)
    return tuple(chain[:1] + chain[1:][-_MAX_REFERENCES:])
