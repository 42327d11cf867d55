"""What a link really is: where it leads, whom it goes through, what is cut, what speaks against it.

Pure: nothing is asked for. What depends on tables and on the mail comes in a `Context`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import unquote

import msgspec

from missive_desktop.content import (
    anchors,
    domains,
    link_claims,
    link_warnings,
    lookalikes,
    web_address,
)
from missive_desktop.content.link_cleaning import clean
from missive_desktop.content.link_rules import NONE, Rules
from missive_desktop.content.link_warnings import Caution, readable
from missive_desktop.content.redirectors import redirector_of, unwrap, vendor_of
from missive_desktop.content.trackers import EMPTY, Table
from missive_desktop.content.web_address import MAX_ADDRESS

Kind = Literal["web", "mail", "phone", "other", "none"]

MAX_MAIL_FIELDS = 50
MAX_NOTES = 200
MAX_BESIDE = 200

_PHONE = re.compile(r"\+?[0-9().\-\s*#]{1,40}(?:;[A-Za-z0-9+=.;-]{0,80})?")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>,;]{1,255}")
_MAIL_FIELDS = ("to", "cc", "subject", "body")
_OTHERS = frozenset(("sms", "xmpp", "sip", "sips", "matrix", "irc", "ircs", "geo", "webcal"))
_PROGRAMS = frozenset(("javascript", "data", "vbscript", "livescript", "mocha", "about", "blob"))
_FILES = frozenset(("file", "smb", "nfs", "afp", "ms-appinstaller", "search-ms", "view-source"))


class Context(NamedTuple):
    """What else is known when a link is looked at."""

    rules: Rules = NONE
    vendors: Table = EMPTY
    senders: frozenset[str] = frozenset()  # registrable hosts of who wrote the mail
    beside: frozenset[str] = frozenset()  # and of the mail's links


BARE = Context()


class Link(msgspec.Struct, frozen=True):
    """A link, examined. `target` is what is opened; "" when nothing is."""

    kind: Kind
    original: str
    target: str = ""
    host: str = ""  # as it may be shown
    domain: str = ""  # its registrable part
    through: str = ""  # who learns of the click before it leads on
    skipped: tuple[str, ...] = ()  # who would have, and is left out
    cut: tuple[str, ...] = ()  # names of parameters that only reported
    warnings: tuple[Caution, ...] = ()
    refused: str = ""  # why it is not opened at all

    @property
    def doubtful(self) -> bool:
        """Whether to ask before it is opened."""
        return not self.refused and any(warning.grave for warning in self.warnings)


class LinkNote(msgspec.Struct, frozen=True):
    """A link of a mail whose text claims another place than its address."""

    url: str
    text: str


def context(
    rules: Rules, vendors: Table, senders: Iterable[str], addresses: Iterable[str] = ()
) -> Context:
    """Return what a mail itself adds: the hosts of its senders and of its links."""
    wrote = {domains.registrable(sender.rpartition("@")[2]) for sender in senders}
    beside: set[str] = set()
    for text in addresses:
        address = web_address.read(text)
        if address is not None and len(beside) < MAX_BESIDE:
            beside.add(domains.registrable(address.host))
    return Context(rules, vendors, _names(wrote), _names(beside))


def _names(hosts: Iterable[str]) -> frozenset[str]:
    return frozenset(host for host in hosts if "." in host and not domains.is_ip(host))


def examine(href: str, text: str = "", context: Context = BARE) -> Link:
    """Look at a link, and at its text if it is known. Never raises."""
    if len(href) > MAX_ADDRESS:
        return Link("none", href[:MAX_ADDRESS], refused="Its address is too long.")
    address = web_address.tidy(href)
    if address.startswith("//"):
        address = f"https:{address}"
    elif address[:4].lower() == "www.":
        address = f"http://{address}"
    scheme = web_address.scheme_of(address)
    if scheme in ("http", "https"):
        return _web(href, address, text, context)
    if scheme == "mailto":
        return _mail(href, address, text)
    if scheme == "tel":
        return _phone(href, address)
    if scheme in _OTHERS and len(address) <= 2_000:
        rest = address.partition(":")[2]
        return Link(
            "other", href, address, host=unquote(rest.partition("?")[0]), domain=f"{scheme}:"
        )
    return Link("none", href, refused=_refusal(scheme, address))


def _refusal(scheme: str, address: str) -> str:
    if scheme in _PROGRAMS:
        return "It holds a program or a page of its own, no address."
    if scheme in _FILES or len(scheme) == 1 or address.startswith(("\\", "/\\")):
        return "It leads to a file or a computer, not to a page on the web."
    if scheme:
        return f"Addresses that begin with {scheme}: are not opened from mail."
    return "It leads nowhere."


def _web(href: str, text: str, shown: str, context: Context) -> Link:
    given = web_address.read(text)
    if given is None:
        return Link("none", href, refused="Its address is not valid.")
    known = context.rules
    unwrapped = unwrap(given, known, context.vendors)
    address, cut = clean(unwrapped.address, known)
    vendor = vendor_of(address, context.vendors)
    warnings = link_warnings.of_address(address, known, context.senders, context.beside)
    if shown and not _says_itself(shown, text):
        named = link_claims.claims(shown)
        misled = link_warnings.of_text(shown, named, address.host, known)
        if misled is not None and not (vendor and named):
            warnings.insert(0, misled)
    return Link(
        "web",
        href,
        target=address.whole,
        host=readable(address.host),
        domain=readable(domains.registrable(address.host)),
        through=vendor or redirector_of(address, known),
        skipped=unwrapped.skipped,
        cut=cut,
        warnings=tuple(warnings),
    )


def _says_itself(shown: str, address: str) -> bool:
    """Whether the text of a link is its whole address."""
    return shown.strip() == address


def _mail(href: str, address: str, shown: str) -> Link:
    """Keep of a mailto: link what may fill a letter (RFC 6068 4): no file, no hidden recipient."""
    place, _, query = address[7:].partition("#")[0].partition("?")
    kept: list[str] = []
    cut: list[str] = []
    for part in query.split("&")[:MAX_MAIL_FIELDS]:
        name = unquote(part.partition("=")[0]).removeprefix("amp;").lower()
        if name in _MAIL_FIELDS:
            kept.append(part.removeprefix("amp;"))
        elif name:
            cut.append(name[:40])
    target = f"mailto:{place}" + (f"?{'&'.join(kept)}" if kept else "")
    people = unquote(place)
    host = people.rpartition("@")[2].strip().rstrip(">").lower()
    warnings: list[Caution] = []
    named = [claim.shown for claim in link_claims.claims(shown) if claim.user]
    if named and not any(name in people.lower() for name in named):
        text = f"Its text says {named[0]}, but it writes to {people[:100]}."
        warnings.append(Caution("text", text))
    if any(ord(char) < 32 for char in people) or lookalikes.unseen(people):
        warnings.append(Caution("hidden", "Its address holds signs that hide or turn letters."))
    fine = bool(_ADDRESS.search(people[:1_000])) or not people
    return Link(
        "mail",
        href,
        target=target,
        host=people[:300],
        domain=readable(domains.registrable(host)) if fine and host else "",
        cut=tuple(dict.fromkeys(cut)),
        warnings=tuple(warnings),
    )


def _phone(href: str, address: str) -> Link:
    number = unquote(address[4:])
    if not _PHONE.fullmatch(number) or not any(char.isdigit() for char in number):
        return Link("none", href, refused="It holds no telephone number.")
    warnings: tuple[Caution, ...] = ()
    if "*" in number or "#" in number:
        warnings = (Caution("code", "It holds a code that telephones carry out by themselves."),)
    return Link("phone", href, target=address, host=number, domain=number, warnings=warnings)


def notes(html: str) -> tuple[LinkNote, ...]:
    """Return the links of safe markup whose text names another place than their address.

    Redirectors and the owners of several hosts are weighed when a link is looked at, by the
    tables of that day; here it is enough that text and address differ.
    """
    found: dict[LinkNote, None] = {}
    for anchor in anchors.of(html):
        if len(found) >= MAX_NOTES:
            break
        if _differ(anchor.text, anchor.href):
            found[LinkNote(anchor.href, anchor.text)] = None
    return tuple(found)


def _differ(text: str, href: str) -> bool:
    if not text or text == href:
        return False
    if lookalikes.turning(text):
        return True
    named = link_claims.claims(text)
    if not named:
        return False
    address = web_address.read(href)
    if address is None:
        plain = unquote(href).lower()
        return not any(claim.shown in plain for claim in named)
    return not any(domains.same_owner(claim.host, address.host) for claim in named)


def key(url: str) -> str:
    """Return by what a link is known again: browsers write addresses anew before they say them."""
    text = web_address.tidy(url)
    address = web_address.read(text)
    if address is None:
        return unquote(text)
    path = unquote(address.path) or "/"
    if "/." in path:
        path = posixpath.normpath(path) + "/" * path.endswith(("/", "/.", "/.."))
        path = "/" + path.lstrip("/")
    query = "" if address.query is None else f"?{unquote(address.query)}"
    fragment = "" if address.fragment is None else f"#{unquote(address.fragment)}"
    place = f"{address.user}@{address.host}:{address.port}"
    return f"{address.scheme}://{place}{path}{query}{fragment}".rstrip("/#")
