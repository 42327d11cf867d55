"""The table of large providers (resources/providers.toml), and how an address finds its row."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache

import msgspec

from missive_desktop import resources
from missive_desktop.domain.account import AccountSettings, Auth, Endpoint, Security
from missive_wire import shapes


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()  # suffixes of the machines that take their mail
    imap: str = ""
    smtp: str = ""
    user: str = "address"
    auth: Auth = Auth.PASSWORD
    files_sent: bool = False
    note: str = ""
    impossible: str = ""
    authserv: tuple[str, ...] = ()  # what its authserv-ids end in (RFC 8601 2.5)
    nameless: bool = False  # writes Authentication-Results without one


def parse(text: str) -> tuple[Provider, ...]:
    """Read the table."""
    rows = tomllib.loads(text)["provider"]
    return shapes.convert(rows, tuple[Provider, ...])


@cache
def table() -> tuple[Provider, ...]:
    """Return the table that comes with the program."""
    return parse(resources.path("providers.toml").read_text(encoding="utf-8"))


@cache
def shared_domains() -> frozenset[str]:
    """Return the domains at which everybody can have an address."""
    return frozenset(domain for row in table() for domain in row.domains)


def by_domain(rows: Iterable[Provider], domain: str) -> Provider | None:
    """Return the provider whose own addresses end in `domain`."""
    return next((row for row in rows if domain in row.domains), None)


def by_mx(rows: Iterable[Provider], hosts: Iterable[str]) -> Provider | None:
    """Return the provider that takes mail at one of `hosts`; the longest match counts."""
    rows = tuple(rows)
    for host in hosts:
        matches = [
            (len(suffix), row)
            for row in rows
            for suffix in row.mx
            if host == suffix or host.endswith("." + suffix)
        ]
        if matches:
            return max(matches, key=lambda match: match[0])[1]
    return None


def of(settings: AccountSettings) -> Provider | None:
    """Return the provider of an account: by name, by its server, by the address."""
    rows = table()
    by_name = next(
        (row for row in rows if settings.provider and row.name == settings.provider), None
    )
    if by_name is not None:
        return by_name
    host = settings.imap.host.lower()
    if not host or host == "127.0.0.1":  # no server, or a program on this machine before it
        return None
    by_host = next((row for row in rows if row.imap.partition(":")[0] == host), None)
    return by_host or by_domain(rows, settings.address.rpartition("@")[2].lower())


def endpoint(written: str) -> Endpoint:
    """Read `host:port` or `host:port starttls`."""
    place, _, security = written.partition(" ")
    host, _, port = place.rpartition(":")
    return Endpoint(host, int(port), Security(security) if security else Security.TLS)


def settings(row: Provider, address: str) -> AccountSettings:
    """Return the settings of an address at this provider."""
    return AccountSettings(
        address=address,
        imap=endpoint(row.imap),
        smtp=endpoint(row.smtp) if row.smtp else None,
        user=address.rpartition("@")[0] if row.user == "local" else address,
        auth=row.auth,
        provider=row.name,
        files_sent=row.files_sent,
    )
