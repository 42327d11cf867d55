"""From an address to the servers of its account, without a password.

Asked in this order: the table of large providers, the domain's autoconfig file (HTTPS only), SRV
records, the table again by the domain's MX, and at last the usual names, tried by shaking hands.
Nobody but the domain's own servers and DNS is asked, and they are told the domain, not the address.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import dns.exception
import dns.resolver
import httpx
import msgspec

from missive_desktop.domain.account import AccountSettings, Endpoint, Security
from missive_desktop.errors import KnownError, Offline, Refused, UsageError
from missive_desktop.mail import autoconfig, names, providers
from missive_desktop.mail.tls import client_context

PUBLISHED_SECONDS = 5.0
GUESS_SECONDS = 4.0

REDIRECTS = 3

T = TypeVar("T")

ADVICE = "Ask the provider for its IMAP and SMTP servers, and enter them by hand."


class Found(msgspec.Struct, frozen=True):
    """Settings to be shown before anything is sent; `source` says in words where they are from."""

    settings: AccountSettings
    source: str
    note: str = ""  # what the person must know or do first


class Guesses(NamedTuple):
    imap: tuple[Endpoint, ...]
    smtp: tuple[Endpoint, ...]


def autoconfig_urls(domain: str) -> tuple[str, ...]:
    """Return where a domain may publish its settings."""
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def usual_names(domain: str) -> Guesses:
    """Return the names that most domains use, the most likely first."""
    return Guesses(
        tuple(
            Endpoint(host, port, security)
            for port, security in ((993, Security.TLS), (143, Security.STARTTLS))
            for host in (f"imap.{domain}", f"mail.{domain}", domain)
        ),
        tuple(
            Endpoint(host, port, security)
            for port, security in ((465, Security.TLS), (587, Security.STARTTLS))
            for host in (f"smtp.{domain}", f"mail.{domain}", domain)
        ),
    )


class Sources(NamedTuple):
    """Where discovery looks; replaced in tests by servers of their own."""

    resolver: Callable[[], dns.resolver.Resolver] = lambda: names.system_resolver(PUBLISHED_SECONDS)
    urls: Callable[[str], Sequence[str]] = autoconfig_urls
    guesses: Callable[[str], Guesses] = usual_names
    rows: tuple[providers.Provider, ...] | None = None
    ca_file: str = ""
    seconds: float = PUBLISHED_SECONDS


def discover(address: str, sources: Sources | None = None) -> Found:
    """Find the settings of an account. Takes ten seconds at most; raises if there is nothing."""
    sources = sources or Sources()
    domain = _domain(address)
    rows = providers.table() if sources.rows is None else sources.rows
    row = providers.by_domain(rows, domain)
    if row is not None:
        return _from_row(row, address, f"known settings of {row.title}")
    pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="discover")
    try:
        return _published(pool, sources, rows, address, domain) or _guessed(
            pool, sources, address, domain
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _domain(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    if not local or not at or not domain or any(c.isspace() for c in address.strip()):
        raise UsageError(f"“{address}” is not an e-mail address.")
    try:
        return domain.rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UsageError(f"“{domain}” is not a domain.") from error


def _from_row(row: providers.Provider, address: str, source: str) -> Found:
    if row.impossible:
        raise Refused(row.impossible)
    return Found(providers.settings(row, address), source, row.note)


def _published(
    pool: ThreadPoolExecutor,
    sources: Sources,
    rows: tuple[providers.Provider, ...],
    address: str,
    domain: str,
) -> Found | None:
    end = time.monotonic() + sources.seconds
    files = [pool.submit(_read_autoconfig, url, address, sources) for url in sources.urls(domain)]
    resolver = sources.resolver()
    imap = pool.submit(names.endpoint, resolver, domain, names.IMAP_SERVICES)
    smtp = pool.submit(names.endpoint, resolver, domain, names.SMTP_SERVICES)
    hosts = pool.submit(names.mail_hosts, resolver, domain)
    for file in files:
        if (read := _result(file, end)) is not None:
            return Found(read, f"published by {domain} (autoconfig)")
    if (announced := _result(imap, end)) is not None:
        settings = AccountSettings(address, announced, _result(smtp, end), address)
        return Found(settings, f"published by {domain} (DNS)")
    taken_by = _result(hosts, end)
    row = providers.by_mx(rows, taken_by) if taken_by else None
    if row is not None:
        return _from_row(row, address, f"known settings of {row.title}, which hosts {domain}")
    return None


def _result(future: Future[T], end: float) -> T | None:
    try:
        return future.result(max(0.0, end - time.monotonic()))
    except TimeoutError:
        return None


def _read_autoconfig(url: str, address: str, sources: Sources) -> AccountSettings | None:
    """Read a published file; None if there is none, or nothing in it can be used."""
    try:
        return autoconfig.parse(_download(url, sources), address)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, KnownError, autoconfig.Unusable):
        return None


def _download(url: str, sources: Sources) -> bytes:
    """Return the file behind `url`: over HTTPS all the way, bounded in size and time."""
    end = time.monotonic() + sources.seconds
    context = client_context(sources.ca_file)
    body = bytearray()
    with httpx.Client(verify=context, timeout=sources.seconds, trust_env=False) as client:
        for _ in range(REDIRECTS + 1):
            if not url.startswith("https://"):
                break
            with client.stream("GET", url, headers={"User-Agent": "missive-desktop"}) as response:
                if response.next_request is not None:
                    url = str(response.next_request.url)
                    continue
                response.raise_for_status()
                for chunk in response.iter_bytes(16 * 1024):
                    body += chunk
                    if len(body) > autoconfig.SIZE_LIMIT or time.monotonic() > end:
                        raise autoconfig.Unusable("too large or too slow")
                return bytes(body)
    raise autoconfig.Unusable("redirected away from HTTPS, or in circles")


def _guessed(pool: ThreadPoolExecutor, sources: Sources, address: str, domain: str) -> Found:
    end = time.monotonic() + GUESS_SECONDS
    context = client_context(sources.ca_file)
    guesses = sources.guesses(domain)
    seconds = min(GUESS_SECONDS, sources.seconds)

    def tries(endpoints: Iterable[Endpoint], greeting: bytes) -> list[Future[Endpoint | None]]:
        return [pool.submit(_try, one, greeting, context, seconds) for one in endpoints]

    imap = tries(guesses.imap, b"* OK")
    smtp = tries(guesses.smtp, b"220")
    reader = _first(imap, end)
    if reader is None:
        raise _nothing(domain, sources)
    settings = AccountSettings(address, reader, _first(smtp, end), address)
    return Found(settings, "guessed: these servers answer, but nobody vouches for them")


def _first(tries: Iterable[Future[Endpoint | None]], end: float) -> Endpoint | None:
    return next((one for one in (_result(t, end) for t in tries) if one is not None), None)


def _try(
    endpoint: Endpoint, greeting: bytes, context: ssl.SSLContext, seconds: float
) -> Endpoint | None:
    """Shake hands and hear the greeting; nothing of the person is told."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), seconds) as plain:
            if endpoint.security is Security.STARTTLS:
                # Whether the certificate is good is seen when signing in; it cannot be skipped.
                return endpoint if plain.recv(512).startswith(greeting) else None
            with context.wrap_socket(plain, server_hostname=endpoint.host) as sealed:
                return endpoint if sealed.recv(512).startswith(greeting) else None
    except (OSError, ValueError):
        return None


def _nothing(domain: str, sources: Sources) -> KnownError:
    resolver = sources.resolver()
    resolver.lifetime = 1.0
    try:
        resolver.resolve(domain, "NS", search=False, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return Refused(f"There is no domain {domain}.", "Check the spelling of the address.")
    except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError):
        return Offline(
            f"Nothing could be found out about {domain}.",
            "Check whether this computer is connected to the Internet.",
        )
    return Refused(f"No mail server for {domain} could be found.", ADVICE)
