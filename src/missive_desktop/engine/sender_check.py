"""The verdict on a sender, from the store: gathers what the reader knows, `content` judges.

Reads only, and quickly: a conversation asks it for each of its mails. People are gathered anew only
when the reader wrote to somebody.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

from missive_desktop.content import acquaintance, authenticity, domains, sender_report
from missive_desktop.content.acquaintance import People
from missive_desktop.content.cautions import Context
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sender_report import Section
from missive_desktop.content.trust import NOBODY, Trust
from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.folder import Role
from missive_desktop.domain.sender import Verdict
from missive_desktop.mail import providers
from missive_desktop.store import accounts, senders, signatures
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


class _Reader(NamedTuple):
    """What holds for all mails as long as nothing changes."""

    version: int
    written: tuple[int, int]
    own: frozenset[str]
    own_names: frozenset[str]
    own_domains: frozenset[str]
    people: People
    reliable: dict[int, bool]
    trusted: dict[int, Trust]


_readers: WeakKeyDictionary[Connection, _Reader] = WeakKeyDictionary()


def verdict(conn: Connection, row: MessageRow, rendered: Rendered) -> Verdict:
    """Say who a message is really from."""
    context = context_of(conn, row, rendered)
    return authenticity.assess(rendered.facts, rendered.reply_to, context)


def report(
    conn: Connection, row: MessageRow, rendered: Rendered
) -> tuple[Verdict, tuple[Section, ...]]:
    """Return the verdict, and all that it rests on."""
    context = context_of(conn, row, rendered)
    found = authenticity.assess(rendered.facts, rendered.reply_to, context)
    return found, sender_report.sections(found, rendered.facts, context)


def context_of(conn: Connection, row: MessageRow, rendered: Rendered) -> Context:
    """Gather what the store knows about one message and its sender."""
    reader = _reader(conn)
    email = row.sender.email
    standing = senders.standing(conn, email, row.id)
    found = signatures.get(conn, row.id)
    roles = senders.roles(conn, row.id)
    mine = email.lower() in reader.own
    through = bool(rendered.facts.list_host)
    return Context(
        trust=reader.trusted.get(row.account, NOBODY),
        own=reader.own,
        own_names=reader.own_names,
        own_domains=reader.own_domains,
        signatures=found.signatures if found is not None else (),
        policy=found.policy if found is not None else "",
        reliable=reader.reliable.get(row.account, True),
        written=standing.written,
        known=standing.written or standing.kept,
        first_time=standing.first_time and not mine,
        list_known=through and senders.knows_list(conn, row.list_id, row.id),
        reply_known=any(senders.has_written(conn, one.email) for one in rendered.reply_to[:3]),
        sent=mine and bool(roles & {Role.SENT, Role.DRAFTS}),
        people=reader.people,
    )


def _reader(conn: Connection) -> _Reader:
    version = conn.execute("PRAGMA data_version").fetchone()[0]
    known = _readers.get(conn)
    if known is not None and known.version == version:
        return known
    rows = accounts.all_(conn)
    own = frozenset(row.settings.address.lower() for row in rows)
    houses = (
        frozenset(
            domains.registrable(address.rpartition("@")[2]) for address in own if "@" in address
        )
        - providers.shared_domains()
    )
    written = senders.written(conn)
    if known is not None and (known.written, known.own) == (written, own):
        people = known.people
    else:
        people = acquaintance.know(senders.people(conn, sorted(houses)), providers.shared_domains())
    reader = _Reader(
        version,
        written,
        own,
        frozenset(filter(None, (acquaintance.name_key(row.settings.name) for row in rows))),
        houses,
        people,
        {row.id: signatures.survive(conn, row.id) for row in rows},
        {row.id: _trusted(conn, row) for row in rows},
    )
    _readers[conn] = reader
    return reader


def _trusted(conn: Connection, account: AccountRow) -> Trust:
    """Return whom to believe in an account: a provider that we do not know must have shown first
    that it writes such fields, or anybody could write them in its name.
    """
    settings = account.settings
    row = providers.of(settings)
    listed = row is not None and bool(row.authserv)
    imported = not settings.imap.host and settings.kind == "mail"
    proven = listed or imported or signatures.attests(conn, account.id)
    return trust_of(settings)._replace(proven=proven)


@lru_cache(maxsize=64)
def trust_of(settings: AccountSettings) -> Trust:
    """Return by what names the reader's provider is known: from the table, host and address."""
    row = providers.of(settings)
    own = domains.registrable(settings.address.rpartition("@")[2])
    host = domains.registrable(settings.imap.host)
    named = {name for name in (host, own) if "." in name and not domains.is_ip(name)}
    if row is None:
        return Trust(tuple(sorted(named)), frozenset(named))
    ids = row.authserv or row.mx
    machines = {domains.registrable(name) for name in (*row.mx, *ids)}
    # A large provider names itself; nobody else speaks for an address that it holds.
    return Trust(
        tuple(sorted({*ids, *(named if not row.authserv else ())})),
        frozenset(machines | named),
        row.nameless,
    )
