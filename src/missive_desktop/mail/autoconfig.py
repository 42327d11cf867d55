"""The autoconfig file that a domain may publish (clientConfig 1.1). Pure: bytes into settings.

It comes from strangers: no document type, no entities, bounded size, and only encrypted servers
count.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from missive_desktop.domain.account import AccountSettings, Auth, Endpoint, Security

SIZE_LIMIT = 256 * 1024
DEPTH_LIMIT = 30

_SECURITY = {"SSL": Security.TLS, "TLS": Security.TLS, "STARTTLS": Security.STARTTLS}


class Unusable(ValueError):
    """The file says nothing that can be used."""


def parse(raw: bytes, address: str) -> AccountSettings:
    """Return the settings for `address`; raise Unusable."""
    root = _tree(raw)
    provider = root.find("emailProvider") if root.tag == "clientConfig" else None
    if provider is None:
        raise Unusable("not a clientConfig")
    incoming = next(_servers(provider, "incomingServer", "imap", address), None)
    if incoming is None:
        raise Unusable("no encrypted IMAP server")
    outgoing = next(_servers(provider, "outgoingServer", "smtp", address), None)
    endpoint, user, auth = incoming
    return AccountSettings(
        address=address,
        imap=endpoint,
        smtp=outgoing[0] if outgoing else None,
        user=user,
        auth=auth,
    )


def _servers(
    provider: ET.Element, tag: str, kind: str, address: str
) -> Iterator[tuple[Endpoint, str, Auth]]:
    """Yield the servers that can be used, those with TLS from the first byte first."""
    found = []
    for server in provider.findall(tag):
        security = _SECURITY.get(_text(server, "socketType").upper())
        host = _filled(_text(server, "hostname"), address)
        port = _text(server, "port")
        auth = _auth([one.text or "" for one in server.findall("authentication")])
        if server.get("type", "").lower() != kind or security is None or auth is None:
            continue
        if not _is_host(host) or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            continue
        user = _filled(_text(server, "username"), address) or address
        found.append((Endpoint(host, int(port), security), user, auth))
    yield from sorted(found, key=lambda one: one[0].security is not Security.TLS)


def _auth(methods: list[str]) -> Auth | None:
    names = {method.strip().lower() for method in methods}
    if not names or names & {"password-cleartext", "plain", "password-encrypted"}:
        return Auth.PASSWORD
    return Auth.XOAUTH2 if "oauth2" in names else None


def _text(server: ET.Element, tag: str) -> str:
    return (server.findtext(tag) or "").strip()


def _filled(template: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    return (
        template.replace("%EMAILADDRESS%", address)
        .replace("%EMAILLOCALPART%", local)
        .replace("%EMAILDOMAIN%", domain)
    )


def _is_host(host: str) -> bool:
    return 0 < len(host) <= 253 and host.isprintable() and not set(host) & set(" /\\@:?#<>\"'")


def _tree(raw: bytes) -> ET.Element:
    """Parse without document types, so that there is nothing to expand or to load."""
    if len(raw) > SIZE_LIMIT:
        raise Unusable("too large")
    builder = ET.TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_LIMIT:
            raise Unusable("too deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def doctype(*_: object) -> NoReturn:
        raise Unusable("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(raw, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise Unusable("no XML") from error
