"""What is wrong with where a link leads: hosts that are numbers, look like others, hide themselves.

Pure and cached by host. Says it in plain words; whether to ask first follows from `grave`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

import msgspec

from missive_desktop.content import domains, lookalikes
from missive_desktop.content.link_claims import Claim
from missive_desktop.content.link_cleaning import asks_for_secrets
from missive_desktop.content.link_rules import Rules, owners_alike, spots
from missive_desktop.content.web_address import WebAddress

LONG_HOST = 60
MANY_LABELS = 6
MIN_MISSPELT = 7  # letters of a name: shorter ones differ by one letter honestly

_LOCAL = ("localhost", "local", "internal", "lan", "intranet", "home", "corp", "home.arpa", "test")


class Caution(msgspec.Struct, frozen=True):
    """Something to know before a link is followed; a grave one is asked about first."""

    code: str
    text: str
    grave: bool = True


@lru_cache(maxsize=4096)
def of_host(host: str) -> tuple[Caution, ...]:
    """Return what the name of a host says against it, by itself."""
    if domains.is_ip(host):
        return (_of_number(host),)
    found: list[Caution] = []
    if "." not in host or any(host == end or host.endswith(f".{end}") for end in _LOCAL):
        found.append(Caution("inside", f"{host} is a machine in your own network."))
    owner = domains.registrable(host)
    if "xn--" in host and readable(host) == host:
        found.append(
            Caution("mixed", f"The name {owner} is written in letters that look like others.")
        )
    labels = host.split(".")
    if len(host) > LONG_HOST or len(labels) > MANY_LABELS:
        text = f"The host is very long: what counts is its end, {owner}."
        found.append(Caution("long", text, False))
    return tuple(found)


def _of_number(host: str) -> Caution:
    try:
        number = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return Caution("number", f"It leads to a number, {host}, not to a name.")
    mapped = getattr(number, "ipv4_mapped", None)
    if not (mapped or number).is_global:
        return Caution("inside", f"{host} is a machine in your own network.")
    return Caution("number", f"It leads to a number, {host}, not to a name.")


@lru_cache(maxsize=4096)
def readable(host: str) -> str:
    """Return a host as it may be shown: in its own script only where that deceives nobody.

    UTS 39 5.2: one script in a label, and none that shows only what Latin letters look like.
    """
    if "xn--" not in host:
        return host
    shown = domains.to_unicode(host)
    if "xn--" in shown or lookalikes.has_mixed(host) or lookalikes.unseen(shown):
        return host
    return shown if domains.to_ascii(shown) == host else host


@lru_cache(maxsize=4096)
def imitated(host: str, names: tuple[str, ...]) -> str:
    """Return which well-known host this one dresses up as, or ""."""
    owner = domains.registrable(host)
    if owner in names or domains.is_ip(host):
        return ""
    below = f".{host.removesuffix(owner)}"
    look = _look(owner)
    for name in names:
        if (
            look == _look(name)
            or f".{name}." in below
            or name.replace(".", "-") in f"{below}{owner}"
        ):
            return name
    long = [name for name in names if len(name.partition(".")[0]) >= MIN_MISSPELT]
    return lookalikes.resembles(host, long)


def _twin(host: str, others: Iterable[str]) -> str:
    owner = domains.registrable(host)
    look = _look(owner)
    return next((one for one in others if one != owner and _look(one) == look), "")


@lru_cache(maxsize=8192)
def _look(host: str) -> str:
    # Capital I and small l are one to the eye.
    return lookalikes.skeleton(domains.to_unicode(host)).replace("i", "l")


def of_address(
    address: WebAddress, known: Rules, senders: frozenset[str], beside: frozenset[str]
) -> list[Caution]:
    """Return what speaks against following an address.

    `senders` are hosts that a host must not resemble, `beside` those of the mail's other links:
    of these only the ones that look quite the same count, since neighbours are often akin.
    """
    host = address.host
    found = list(of_host(host))
    other = imitated(host, known.imitated)
    if not other and domains.registrable(host) not in known.imitated:
        other = lookalikes.resembles(host, senders) or _twin(host, beside)
    if other and not owners_alike(host, other, known):
        owner = readable(domains.registrable(host))
        found.append(Caution("alike", f"It looks like {other}, but belongs to {owner}."))
    if address.user:
        text = f"What stands before the @ is not where it leads: that is {readable(host)}."
        found.append(Caution("user", text))
    if address.port:
        text = f"It uses an unusual port of the host, {address.port}."
        found.append(Caution("port", text, False))
    whole = unquote(address.whole)
    if lookalikes.turning(whole) or lookalikes.unseen(address.head):
        found.append(Caution("hidden", "Its address holds signs that hide or turn letters."))
    if address.scheme == "http" and asks_for_secrets(address, known):
        text = "It is not encrypted: what you type there can be read on the way."
        found.append(Caution("open", text))
    ending = _ending(address)
    if ending in known.dangerous:
        text = f"It downloads a file that can run programs (.{ending})."
        found.append(Caution("file", text))
    if not known.shorteners.isdisjoint(spots(host)):
        text = f"It is shortened by {host}: where it leads is not to be seen."
        found.append(Caution("short", text, False))
    return found


def of_text(text: str, named: tuple[Claim, ...], host: str, known: Rules) -> Caution | None:
    """Return a warning when a link's text names hosts of others than the target's owner."""
    others = [one for one in named if not owners_alike(one.host, host, known)]
    # Beside its own name a link may say another, as long as that is none that frauds borrow.
    borrowed = [one for one in others if domains.registrable(one.host) in known.imitated]
    if others and (borrowed or len(others) == len(named)):
        owner = readable(domains.registrable(host))
        return Caution(
            "text", f"Its text says {(borrowed or others)[0].shown}, but it leads to {owner}."
        )
    if lookalikes.turning(text):
        return Caution("text", "Its text holds signs that turn the order of its letters.")
    return None


_ENDING = re.compile(r"\.([A-Za-z0-9-]{1,20})$")


def _ending(address: WebAddress) -> str:
    match = _ENDING.search(unquote(address.path.rpartition("/")[2][-300:]).rstrip(" ."))
    return match[1].lower() if match is not None else ""
