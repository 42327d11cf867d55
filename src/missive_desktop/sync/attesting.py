"""Whose word on where mail comes from counts in an account: its provider's, by the names it has."""

from __future__ import annotations

from functools import lru_cache

from missive_desktop.content import domains
from missive_desktop.content.trust import Trust
from missive_desktop.domain.account import AccountSettings
from missive_desktop.mail import providers
from missive_desktop.store import signatures
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection


def trusted(conn: Connection, account: AccountRow) -> Trust:
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
