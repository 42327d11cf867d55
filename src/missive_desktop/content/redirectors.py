"""Where an address leads that only leads on, if the target stands in it: read, never asked for."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from missive_desktop.content import domains
from missive_desktop.content.link_cleaning import is_left_alone
from missive_desktop.content.link_rules import Redirector, Rules, spots
from missive_desktop.content.trackers import Table
from missive_desktop.content.web_address import WebAddress, read, scheme_of, tidy

MAX_STEPS = 5
MAX_PARTS = 200

# Under these names a vendor's redirector may say its target in clear.
_USUAL = (
    "url", "u", "target", "redirect", "redirect_url", "redirecturl", "redirect_to", "destination",
    "dest", "link", "to", "r", "goto", "href",
)  # fmt: skip
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_EMBEDDED = re.compile(r"https?(?::|%3A)(?:/|%2F)+", re.IGNORECASE)
_YAHOO = re.compile(r"/RU=([^/]+)/")
_PROOFPOINT3 = re.compile(r"/v3/__(.+?)__;([A-Za-z0-9_-]*)!")
_AVANAN = re.compile(r"___(.+?)___(?:\.|$)")
_DISQUS = re.compile(r":[A-Za-z0-9_-]{20,}$")
_RUN = re.compile(r"\*(?:\*(.))?")
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Unwrapped(NamedTuple):
    """The last address that could be read, and the names of those that were left out."""

    address: WebAddress
    skipped: tuple[str, ...]


def unwrap(address: WebAddress, known: Rules, vendors: Table) -> Unwrapped:
    """Follow what can be followed without asking anybody."""
    skipped: list[str] = []
    for _ in range(MAX_STEPS):
        found = _step(address, known, vendors)
        if found is None or found[1].whole == address.whole:
            break
        name, address = found
        skipped.append(name)
    return Unwrapped(address, tuple(dict.fromkeys(skipped)))


def vendor_of(address: WebAddress, vendors: Table) -> str:
    """Return whose redirector counts the click before this address leads on, or ""."""
    query = f"?{address.query}" if address.query else ""
    vendor = vendors.redirector(address.host, f"{address.path or '/'}{query}")
    return vendor.name if vendor is not None else ""


def redirector_of(address: WebAddress, known: Rules) -> str:
    """Return who only leads on from an address whose target could not be read, or ""."""
    if address.path in ("", "/") and address.query is None:
        return ""
    return next((rule.name for rule in _rules_for(address, known)), "")


def _rules_for(address: WebAddress, known: Rules) -> Iterator[Redirector]:
    local = f"{address.path or '/'}?{address.query or ''}"
    for spot in spots(address.host):
        for rule in known.redirectors.get(spot, ()):
            if not rule.paths or local.startswith(rule.paths):
                yield rule


def _step(address: WebAddress, known: Rules, vendors: Table) -> tuple[str, WebAddress] | None:
    for rule in _rules_for(address, known):
        if rule.app and is_left_alone(address, known):
            continue  # what signs in or resets stands in the address itself
        target = _target(address, rule)
        if target is not None:
            return rule.name, target
    written = _EMBEDDED.search(address.path) is not None
    if (address.query is not None or written) and (vendor := vendor_of(address, vendors)):
        target = _target(address, Redirector(vendor, (), _USUAL, "path" if written else ""))
        if target is not None:
            return vendor, target
    return _left_by_a_page(address, known)


def _left_by_a_page(address: WebAddress, known: Rules) -> tuple[str, WebAddress] | None:
    """Read the target of a page like `/exit.php?url=`, on any host, if it leads to another."""
    page = address.path.rpartition("/")[2].lower()
    if address.query is None or page not in known.leaving or is_left_alone(address, known):
        return None
    owner = domains.registrable(address.host)
    target = _target(address, Redirector(owner, (), _USUAL, ""))
    return None if target is None or domains.same_owner(target.host, owner) else (owner, target)


def _target(address: WebAddress, rule: Redirector) -> WebAddress | None:
    for candidate in _candidates(address, rule):
        text = tidy(candidate)
        if scheme_of(text) not in ("http", "https"):
            continue
        found = read(text)
        if found is not None and "." in found.host:
            # Browsers carry a fragment over a redirect to a target without one (Fetch 4.4).
            if found.fragment is None and address.fragment:
                found = found._replace(fragment=address.fragment)
            return found
    return None


def _candidates(address: WebAddress, rule: Redirector) -> Iterator[str]:
    """Yield what could be the target, likeliest first."""
    special = _FORMS.get(rule.form)
    for name in rule.parameters:
        for part in (address.query or "").split("&")[:MAX_PARTS]:
            key, _, value = part.removeprefix("amp;").partition("=")
            if unquote(key).lower() != name or not value:
                continue
            if special is not None:
                yield special(unquote(value))
            else:
                yield from _readings(unquote(value))
    if special is not None and rule.form in _OF_THE_WHOLE:
        yield special(address.whole[len(address.head) :])


def _readings(value: str) -> Iterator[str]:
    """Yield a parameter's value as it stands, encoded twice, or in base64."""
    yield value
    if value[:12].lower().startswith(("http%3a", "https%3a")):
        yield unquote(value)
    if _BASE64.fullmatch(value):
        yield _plain(value)


def _plain(value: str) -> str:
    """Return the text that base64 of either alphabet hides, or ""."""
    digits = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _bing(value: str) -> str:
    return _plain(value[2:]) if value[:2] in ("a1", "a2") else ""


def _proofpoint2(value: str) -> str:
    return unquote(value.replace("-", "%").replace("_", "/"))


def _proofpoint3(rest: str) -> str:
    """Put back the characters that stand apart in base64, where `*` and `**n` stand for them."""
    match = _PROOFPOINT3.search(rest)
    if match is None:
        return ""
    held = _plain(match[2])
    at = 0

    def put_back(run: re.Match[str]) -> str:
        nonlocal at
        length = _RUNS.find(run[1]) + 2 if run[1] else 1
        at += length
        return held[at - length : at] or run[0]

    return _RUN.sub(put_back, match[1])


def _mandrill(value: str) -> str:
    """Read JSON in base64, which holds JSON in a string."""
    try:
        inner = json.loads(_plain(value))["p"]
        found = json.loads(inner)["url"] if isinstance(inner, str) else inner["url"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def _substack(rest: str) -> str:
    """Read JSON in base64 that stands, signed, at the end of a path."""
    try:
        found = json.loads(_plain(rest.partition("?")[0].rpartition("/")[2].partition(".")[0]))["e"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def _embedded(rest: str) -> str:
    """Return the address in a path: encoded it ends at the next slash, plain it is the rest."""
    match = _EMBEDDED.search(rest)
    if match is None:
        return ""
    found = rest[match.start() :]
    if "%" in match[0]:
        return unquote(re.split(r"[/&)]", found, maxsplit=1)[0])
    if rest[: match.start()].endswith("("):
        found = found.partition(")")[0]
    return found


def _amp(rest: str) -> str:
    parts = rest.lstrip("/").split("/")
    if len(parts) < 2 or parts[0] not in ("a", "amp", "c", "i", "v"):
        return ""
    secure = parts[1] == "s"
    return f"http{'s' * secure}://{'/'.join(parts[2 if secure else 1 :])}"


def _matched(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def first(rest: str) -> str:
        match = pattern.search(rest)
        return unquote(match[1]) if match is not None else ""

    return first


def _after_question(rest: str) -> str:
    found = rest.partition("?")[2]
    return unquote(found) if "%3a" in found[:10].lower() else found


_FORMS: dict[str, Callable[[str], str]] = {
    "bing": _bing,
    "proofpoint2": _proofpoint2,
    "proofpoint3": _proofpoint3,
    "mandrill": _mandrill,
    "substack": _substack,
    "path": _embedded,
    "amp": _amp,
    "yahoo": _matched(_YAHOO),
    "avanan": _matched(_AVANAN),
    "after_question": _after_question,
    "disqus": lambda value: _DISQUS.sub("", value),
}
_OF_THE_WHOLE = ("proofpoint3", "substack", "path", "amp", "yahoo", "avanan", "after_question")
