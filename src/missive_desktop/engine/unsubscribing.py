"""Leaving a mailing: by one click where a signature vouches for it, by mail, else by the browser.

Nothing here happens by itself. Of spam and forgeries it is said first that an answer tells their
sender that somebody reads.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from missive_desktop.content import build, rendered
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.unsubscribe import COVERED, Ways
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address
from missive_desktop.engine import composing, sender_check, vetting
from missive_desktop.engine.protocol import SendRaw, Unsubscribe
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Refused, UsageError
from missive_desktop.remote import guard
from missive_desktop.remote.names import Lookup, Names
from missive_desktop.remote.posting import Poster
from missive_desktop.store import accounts, image_rules, messages, senders, settings, signatures
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow

SUBJECT = "unsubscribe"


class _Wanted(NamedTuple):
    row: MessageRow
    raw: bytes
    shown: Rendered
    account: AccountRow
    doubt: str  # why it should not be answered at all, or empty
    other: str  # the address to write to, if it is somebody else whom the reader knows
    covered: bool | None  # by a signature; None where that is not known yet
    proxy: str


def unsubscribe(
    runtime: Runtime,
    request: Unsubscribe,
    poster: Poster | None = None,
    lookup: Lookup | None = None,
) -> dict[str, Any]:
    """Take the best way that the mail offers."""
    wanted = _read(runtime, request.message)
    ways = wanted.shown.unsubscribe
    if not ways.offered:
        raise Refused("This mail offers no way to unsubscribe.")
    if wanted.doubt and not request.anyway:
        return _answer("ask", note=wanted.doubt)
    trouble = ""
    if ways.post_url and _is_covered(wanted, lookup):
        try:
            (poster or Poster(wanted.proxy)).one_click(ways.post_url)
        except Refused as error:
            trouble = str(error)
        else:
            return _left(runtime, wanted, _answer("posted"))
    if ways.mail_to and wanted.account.settings.smtp is not None:
        if wanted.other and not request.anyway:
            note = f"It would write to {wanted.other}, whom you know, in words of the sender."
            return _answer("ask", note=note)
        _mail(runtime, wanted.account, ways)
        return _left(runtime, wanted, _answer("mailed", to=ways.mail_to))
    if not ways.browser_url:
        raise Refused(
            trouble or f"This account cannot send mail to {ways.mail_to}.",
            "Write to the sender to be taken off the list.",
        )
    try:
        guard.target(ways.browser_url, proxied=True)
    except guard.Denied as error:  # a click must not make the browser speak to this network
        raise Refused(f"The page to unsubscribe at is not opened. {error}") from error
    return _answer("browser", url=ways.browser_url, note=trouble)


def _answer(way: str, url: str = "", to: str = "", note: str = "") -> dict[str, Any]:
    return {"way": way, "url": url, "to": to, "note": note}


def _read(runtime: Runtime, message: int) -> _Wanted:
    with runtime.reading() as conn:
        row = messages.get(conn, message)
        account = accounts.get(conn, row.account) if row is not None else None
        if row is None or account is None:
            raise UsageError("This message is no longer here.")
        raw = messages.raw(conn, runtime.store, message)
        shown = rendered.render(raw)
        verdict = sender_check.verdict(conn, row, shown)
        found = signatures.get(conn, message)
        in_spam = Role.SPAM in senders.roles(conn, row.id)
        other = _somebody_else(conn, shown.unsubscribe.mail_to, row)
        proxy = str(settings.get(conn, image_rules.PROXY, ""))
    doubt = ""
    if verdict.level == "forged":
        doubt = f"{verdict.title}. To unsubscribe would tell its sender that you read it."
    elif in_spam:
        doubt = "This mail is spam. To unsubscribe would tell its sender that you read it."
    return _Wanted(row, raw, shown, account, doubt, other, _covers(found), proxy)


def _somebody_else(conn: Connection, email: str, row: MessageRow) -> str:
    """Return the address to write to if it is one of the reader's own people: a sender could have
    any words sent there in the reader's name."""
    known = bool(email) and senders.has_written(conn, email)
    left = senders.left_on(conn, senders.mailing(row.list_id, row.sender.email)) is not None
    return email if known and not left and email.lower() != row.sender.email.lower() else ""


def _covers(found: signatures.Found | None) -> bool | None:
    """Whether a valid signature covers both fields (RFC 8058 4), as far as that is known."""
    if found is None or any(one.result == "unreachable" for one in found.signatures):
        return None
    return any(one.result == "pass" and set(one.headers) >= COVERED for one in found.signatures)


def _is_covered(wanted: _Wanted, lookup: Lookup | None) -> bool:
    """The reader acts on this mail now, so its keys may be asked for."""
    if wanted.covered is not None:
        return wanted.covered
    found = vetting.look(wanted.row, wanted.raw, int(time.time()), lookup or Names())
    return bool(_covers(found))


def _mail(runtime: Runtime, account: AccountRow, ways: Ways) -> None:
    """Write the mail that the mailto asks for: its address, subject and text, nothing else."""
    own = account.settings
    draft = Draft(
        account=account.id,
        sender=Address(own.name, own.address),
        to=(Address("", ways.mail_to),),
        subject=ways.mail_subject or SUBJECT,
        text=ways.mail_body or SUBJECT,
        message_id=composing.new_message_id(own.address),
    )
    domain = own.address.rpartition("@")[2]
    raw = build.build(draft, {}, now=int(time.time()), domain=domain)
    composing.send_raw(runtime, SendRaw(raw=raw, account=account.id))


def _left(runtime: Runtime, wanted: _Wanted, answer: dict[str, Any]) -> dict[str, Any]:
    row = wanted.row
    name = senders.mailing(row.list_id, row.sender.email)
    now = int(time.time())
    runtime.writer.run(
        lambda conn, changes: senders.note_left(conn, name, answer["way"], now, row.id, changes),
        durable=True,
    )
    return answer
