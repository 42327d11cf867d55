"""What a header says about where its mail comes from, gathered in one pass for `authenticity`.

Reads raw fields: decoding them first would let an encoded comma forge a second sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from missive_desktop.content import addresses, authentication_results, headers, lookalikes
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Facts, Trace

MAX_TRACE = 40
MAX_SIGNATURES = 10
MAX_MAILBOXES = 20
MAX_TEXT = 1_000

Field = tuple[str, bytes]

_BY = re.compile(r"(?:^|[\s)])by\s+([^\s;()]+)", re.IGNORECASE)
_TAG = r"(?:^|;)\s*{}\s*=\s*([^;\s]+)"
_DOMAIN = re.compile(_TAG.format("d"), re.IGNORECASE)
_INSTANCE = re.compile(_TAG.format("i"), re.IGNORECASE)
_HOST = re.compile(r"@([\w.\-]+)")
_ID_HOST = re.compile(r"<?\s*([\w.\-]+)\s*>?\s*$")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_AT = re.compile(r"[^\s<>,;:]\s*@\s*(?=[^\s<>,;:])")
_LIST_MARKS = frozenset({"list-id", "list-post", "mailing-list", "x-mailing-list"})
_BULK = (b"bulk", b"list", b"junk")


def facts(fields: Sequence[Field]) -> Facts:
    """Return what the fields of a header, the topmost first, say about its origin."""
    senders = [value for name, value in fields if name == "from"]
    mailboxes: list[Address] = []
    for value in senders[:MAX_MAILBOXES]:
        mailboxes.extend(addresses.parse(value)[:MAX_MAILBOXES])
    return Facts(
        mailboxes=tuple(one for one in mailboxes if one.email or one.name)[:MAX_MAILBOXES],
        from_fields=len(senders),
        unclear=_is_unclear(senders, mailboxes),
        unseen=any(lookalikes.unseen(headers.decode(value)) for value in senders),
        sender=_address(fields, "sender"),
        return_path=_address(fields, "return-path"),
        trace=tuple(_trace(fields)),
        signed=_signed(fields),
        list_host=_list_host(fields),
        bulk=_is_bulk(fields),
    )


def _is_unclear(written: Sequence[bytes], found: Sequence[Address]) -> bool:
    """Whether a From holds other addresses than were found, or hides its own in encoded words.

    `<a@b> <c@d>`, `a@b c@d`, `a@b@c`, `=?utf-8?q?a=40b?=`: who checks may read another one than who
    shows. An address in a name is common, and said elsewhere.
    """
    if any("@" in one.name for one in found):
        return False
    texts = (_COMMENT.sub("", _QUOTED.sub("q", headers.unfold(one)[:MAX_TEXT])) for one in written)
    count = sum(len(_AT.findall(text)) for text in texts)
    return count != sum("@" in one.email for one in found)


def _address(fields: Iterable[Field], name: str) -> str:
    value = next((value for known, value in fields if known == name), b"")
    return addresses.one(value).email.lower()


def _trace(fields: Sequence[Field]) -> Iterator[Trace]:
    sealers = _sealers(fields)
    count = 0
    for name, value in fields:
        if name not in ("received", "authentication-results", "arc-authentication-results"):
            continue
        count += 1
        if count > MAX_TRACE:
            return
        text = headers.unfold(value)
        if name == "received":
            found = _BY.search(text)
            yield Trace("received", found[1].lower().strip("[].")[:255] if found else "")
            continue
        instance = ""
        if name == "arc-authentication-results":
            head, _, text = text.partition(";")
            instance = head.partition("=")[2].strip()
        results = authentication_results.parse(text)
        kind = "sealed" if instance else "results"
        yield Trace(
            "sealed" if kind == "sealed" else "results",
            results.authserv,
            results.methods,
            sealers.get(instance, "") if instance else "",
            text[:MAX_TEXT],
        )


def _sealers(fields: Iterable[Field]) -> dict[str, str]:
    """Return which domain sealed each instance of ARC (RFC 8617 4.1.3)."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name != "arc-seal" or len(found) >= MAX_SIGNATURES:
            continue
        text = headers.unfold(value)
        instance, domain = _INSTANCE.search(text), _DOMAIN.search(text)
        if instance and domain:
            found.setdefault(instance[1], domain[1].lower()[:255])
    return found


def _signed(fields: Iterable[Field]) -> tuple[str, ...]:
    domains: dict[str, None] = {}
    for name, value in fields:
        if name == "dkim-signature" and len(domains) < MAX_SIGNATURES:
            found = _DOMAIN.search(headers.unfold(value))
            if found:
                domains[found[1].lower().rstrip(".")[:255]] = None
    return tuple(domains)


def _list_host(fields: Iterable[Field]) -> str:
    """Return the host of a mailing list; newsletters name themselves a list as well."""
    for name, value in fields:
        if name in _LIST_MARKS:
            text = headers.unfold(value)[:MAX_TEXT]
            found = _ID_HOST.search(text) if name == "list-id" else _HOST.search(text)
            if found and "." in found[1]:
                return found[1].lower().strip(".")[:255]
    return ""


def _is_bulk(fields: Iterable[Field]) -> bool:
    for name, value in fields:
        if name in ("list-unsubscribe", "list-id", "feedback-id", "x-csa-complaints"):
            return True
        if name == "precedence" and value.strip().lower() in _BULK:
            return True
        if name == "auto-submitted" and not value.strip().lower().startswith(b"no"):
            return True
    return False
