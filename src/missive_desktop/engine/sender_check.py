"""The verdict on a sender, from the store: gathers what the reader knows, `content` judges.

Reads only, and quickly: a conversation asks it for each of its mails. People are gathered anew only
when the reader wrote to somebody.
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

from missive_desktop.content import acquaintance, authenticity, domains, sender_report
from missive_desktop.content.acquaintance import People
from missive_desktop.content.cautions import Context
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sender_report import Section
from missive_desktop.content.trust import NOBODY, Trust
from missive_desktop.domain.folder import Role
from missive_desktop.domain.sender import Verdict
from missive_desktop.domain.signature import Signature
from missive_desktop.mail import providers
from missive_desktop.store import accounts, senders, signatures, team_mail
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.sync import attesting


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
    origin = _origin(conn, row, reader)
    roles = senders.roles(conn, row.id)
    mine = email.lower() in reader.own
    through = bool(rendered.facts.list_host)
    return Context(
        trust=origin.trust,
        own=reader.own,
        own_names=reader.own_names,
        own_domains=reader.own_domains,
        signatures=origin.signatures,
        policy=origin.policy,
        reliable=origin.reliable,
        by=origin.by,
        written=standing.written,
        known=standing.written or standing.kept,
        first_time=standing.first_time and not mine,
        list_known=through and senders.knows_list(conn, row.list_id, row.id),
        reply_known=any(senders.has_written(conn, one.email) for one in rendered.reply_to[:3]),
        sent=mine and bool(roles & {Role.SENT, Role.DRAFTS}),
        people=reader.people,
    )


class _Origin(NamedTuple):
    """Whose word on where a mail comes from counts, and which signatures were verified; `by`: by
    whom, where that was not this program."""

    trust: Trust
    signatures: tuple[Signature, ...] = ()
    policy: str = ""
    reliable: bool = True
    by: str = ""


def _origin(conn: Connection, row: MessageRow, reader: _Reader) -> _Origin:
    told = team_mail.checked(conn, row.id)
    if told is not None:
        known = told.checked
        whose = Trust(known.ids, frozenset(known.hosts), known.nameless, known.proven)
        name = told.name or "a colleague"
        return _Origin(whose, known.signatures, known.policy, known.reliable, name)
    found = signatures.get(conn, row.id) or signatures.Found((), "")
    return _Origin(
        reader.trusted.get(row.account, NOBODY),
        found.signatures,
        found.policy,
        reader.reliable.get(row.account, True),
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
        {row.id: attesting.trusted(conn, row) for row in rows},
    )
    _readers[conn] = reader
    return reader
