"""DKIM signatures of a mail, verified by ourselves, and the wish of its domain (DMARC).

To be asked when a mail arrives, never when it is opened: the name of a key may belong to this one
mail, and its owner sees who asks for it, and when. Bounded in number, size and time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from missive_desktop.domain.signature import Signature
from missive_desktop.errors import Offline
from missive_desktop.remote import dkim_check
from missive_desktop.remote.dkim_check import Outcome, Signed, Unsound
from missive_desktop.remote.names import Lookup

MAX_SIGNATURES = 5
MAX_SIZE = 40 << 20
MAX_TIME = 15.0  # seconds for all signatures of one mail

_POLICY = re.compile(r"(?:^|;)\s*(s?p)\s*=\s*(none|quarantine|reject)\s*(?=;|$)", re.IGNORECASE)


def verify(
    raw: bytes,
    lookup: Lookup,
    *,
    is_senders: Callable[[str], bool] = lambda domain: False,
    now: int = 0,
) -> list[Signature]:
    """Return what came of each signature; those of the sender's own domain are looked at first."""
    now = now or int(time.time())
    if len(raw) > MAX_SIZE:
        return []
    mail = dkim_check.split(raw)
    fields = [one for one in mail.fields if one[0].strip().lower() == b"dkim-signature"]
    end = time.monotonic() + MAX_TIME
    found: list[Signature] = []
    for signed in _ordered(fields, is_senders):
        if time.monotonic() > end:
            outcome = Outcome("unreachable", "it took too long")
        else:
            outcome = _check(mail, signed, lookup, now)
        found.append(_signature(signed, outcome, now))
    return found or [_unsound(fields[0], now)] if fields else []


def _ordered(fields: Iterable[dkim_check.Field], is_senders: Callable[[str], bool]) -> list[Signed]:
    """Return the sound ones, the sender's first: a forger's would use up the bound before them."""
    sound: list[Signed] = []
    for field in list(fields)[: MAX_SIGNATURES * 10]:
        try:
            sound.append(dkim_check.read(field))
        except Unsound:
            continue
    sound.sort(key=lambda one: not is_senders(one.domain))
    return sound[:MAX_SIGNATURES]


def _unsound(field: dkim_check.Field, now: int) -> Signature:
    try:
        dkim_check.read(field)
    except Unsound as error:
        return Signature("", "", "none", str(error), (), now)
    return Signature("", "", "none", "", (), now)


def _check(mail: dkim_check.Mail, signed: Signed, lookup: Lookup, now: int) -> Outcome:
    try:
        records = lookup(f"{signed.selector}._domainkey.{signed.domain}")
    except Offline:
        return Outcome("unreachable", "the signer's key could not be asked for")
    if not records:
        return Outcome("none", "the signer's key is not there")
    outcomes = [dkim_check.check(mail, signed, record, now) for record in records[:2]]
    return next((one for one in outcomes if one.result == "pass"), outcomes[0])


def _signature(signed: Signed, outcome: Outcome, now: int) -> Signature:
    return Signature(
        domain=signed.domain,
        selector=signed.selector,
        result=outcome.result,
        reason=outcome.reason,
        headers=tuple(dict.fromkeys(signed.covers)),
        checked=now,
    )


def policy(domain: str, owner: str, lookup: Lookup) -> str:
    """Return what a domain asks for where nothing shows that a mail is its own (RFC 7489 6.6.3).

    none, quarantine or reject; "" where it asks for nothing. `owner` is the registrable domain.
    Raises Offline.
    """
    for asked in dict.fromkeys((domain, owner)):
        for record in lookup(f"_dmarc.{asked}"):
            text = record.decode("ascii", "replace")
            if text.replace(" ", "").startswith("v=DMARC1"):
                wishes = {key.lower(): wish.lower() for key, wish in _POLICY.findall(text)}
                below = wishes.get("sp", "") if asked != domain else ""
                return below or wishes.get("p", "")
    return ""
