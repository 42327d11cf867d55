"""Addresses made from a list of tracking rules, and how many of them are recognized.

The rules are those of browser filters: `*` stands for anything, `^` for a separator, what follows
`$` are conditions. From each one address is made, put into a mail as an image without a size, and
looked for by its address alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from missive_desktop.content import trackers
from missive_desktop.sync.digesting import known_vendors

TOKEN = "4f9c2b7ae01d43568b7f21c09ad3e655"
_HOST = re.compile(
    r"[\w*-]+(?:\.[\w*-]+)*\.[a-z]{2,}(?::\d+)?(?=[/^?*]|$)|(?:[\w-]+\.)+$|[\w-]+\.[\w.*-]*\*"
)
_ENDING = re.compile(r"\.(?:gif|png|html?|php|aspx|js)$|\d$")


class Measured(NamedTuple):
    recognized: int
    of: int
    missed: tuple[tuple[str, str], ...]  # rule and address


def rules(path: Path) -> Iterator[str]:
    """Yield the rules of a file, without comments and repeats."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("!"):
            yield line.strip()


def address(rule: str, token: str = TOKEN) -> str:
    """Make an address that a rule is meant for."""
    body = rule.partition("$")[0].removeprefix("||").rstrip("|")
    if body.startswith("://"):
        body = "https" + _with_host(body)
    elif body.startswith("."):
        body = "https://mail" + _with_host(body)
    elif body.startswith("/") and _is_host(body[1:]):
        body = "https://" + _with_host(body[1:])
    elif body.startswith("^"):
        body = "https://news.shop.example/?" + body[1:]
    elif body.startswith("/"):
        body = "https://news.shop.example" + body
    elif _HOST.match(body) and "/" not in body:
        body = f"https://{body}/"
    else:
        body = "https://news.shop.example/m" + body
    if body.endswith(".") and body.count("/") <= 3:
        body += "shop.example/"
    elif body.endswith("."):
        body += "gif?"
    body = re.sub(r"\^$", "?", body).replace("^", "/")
    body = body.replace("*", token)
    return body if _ENDING.search(body) or body.endswith(token) else body + token


def _is_host(text: str) -> bool:
    return _HOST.match(text) is not None and not _ENDING.search(text.partition("/")[0])


def _with_host(text: str) -> str:
    """Put a name in the place of a star that stands in the host."""
    scheme, mark, rest = text.rpartition("://") if text.startswith("://") else ("", "", text)
    host, slash, path = rest.partition("/")
    if host.endswith("."):
        host, slash = host + "shop.example", slash or "/"
    return scheme + mark + host.replace("*", "shop.example") + slash + path


def recognized(url: str) -> bool:
    """Whether an image without a size is found to report, by its address."""
    html = f'<p>Hello</p><img src="{url.replace("&", "&amp;")}" alt="">'
    found = trackers.find(html, (), known_vendors())
    return any(one.kind == "pixel" for one in found)


def measure(path: Path, token: str = TOKEN) -> Measured:
    """Measure over all rules of a file."""
    made = [(rule, address(rule, token)) for rule in rules(path)]
    missed = tuple((rule, url) for rule, url in made if not recognized(url))
    return Measured(len(made) - len(missed), len(made), missed)
