"""What DNS says about a domain's mail: SRV (RFC 6186, RFC 8314) and MX. Bounded in time."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.resolver

from missive_desktop.domain.account import Endpoint, Security

# Which service is preferred: encrypted from the first byte (RFC 8314 section 5.1).
IMAP_SERVICES = (("_imaps", Security.TLS), ("_imap", Security.STARTTLS))
SMTP_SERVICES = (("_submissions", Security.TLS), ("_submission", Security.STARTTLS))


def system_resolver(seconds: float) -> dns.resolver.Resolver:
    """Return a resolver that gives up after `seconds`."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        resolver = dns.resolver.Resolver(configure=False)  # knows nobody, so every question fails
    resolver.lifetime = seconds
    return resolver


def service(resolver: dns.resolver.Resolver, domain: str, name: str) -> tuple[str, int] | None:
    """Return the preferred host and port of an SRV record, or None."""
    try:
        answer = resolver.resolve(f"{name}._tcp.{domain}", "SRV", search=False)
    except (dns.exception.DNSException, OSError):
        return None
    records = sorted(answer, key=lambda record: (record.priority, -record.weight))
    for record in records:
        host = record.target.to_text(omit_final_dot=True).lower()
        # A dot alone says that the service is decidedly not there (RFC 2782).
        if record.target != dns.name.root and record.port:
            return host, int(record.port)
    return None


def endpoint(
    resolver: dns.resolver.Resolver, domain: str, services: tuple[tuple[str, Security], ...]
) -> Endpoint | None:
    """Return the first of `services` that the domain announces."""
    for name, security in services:
        found = service(resolver, domain, name)
        if found is not None:
            return Endpoint(found[0], found[1], security)
    return None


def mail_hosts(resolver: dns.resolver.Resolver, domain: str) -> list[str]:
    """Return the hosts that take the domain's mail, the preferred first."""
    try:
        answer = resolver.resolve(domain, "MX", search=False)
    except (dns.exception.DNSException, OSError):
        return []
    ordered = sorted(answer, key=lambda record: int(record.preference))
    hosts = [record.exchange.to_text(omit_final_dot=True).lower() for record in ordered]
    return [host for host in hosts if host not in ("", ".", "localhost")]
