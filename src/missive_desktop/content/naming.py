"""Names that a mail gives its elements, in a space of their own: in markup and in sheets alike.

A name that stands in this space already, or that is one of ours, is kept, so that a second pass
changes nothing. Characters that a sheet would have to escape are written as their numbers.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

PREFIX = "mvx-"
MAX_NAMES = 40
MAX_NAME = 200

_OWN_WORDS = (
    "mv-html mv-body mv-off mv-history mv-form mv-button mv-input mv-select mv-textarea mv-tick "
    "mv-fieldset mv-legend mv-text mv-fixed mv-signature"
)
OWN = frozenset(_OWN_WORDS.split())
_ODD = re.compile(r"[^\w-]")


def plain(value: str) -> str:
    """Write a part of a name in characters that need no escape."""
    return _ODD.sub(lambda found: f"_{ord(found[0]):x}_", value[:MAX_NAME])


def name(value: str) -> str:
    """Return the name that stands for a class or an id."""
    if value in OWN:
        return value
    short = plain(value)
    return (short if short.startswith(PREFIX) else PREFIX + short)[:MAX_NAME]


def names(value: str) -> str:
    """Return the names that stand for a list of classes or ids, each once."""
    return " ".join(dict.fromkeys(name(one) for one in value.split()[:MAX_NAMES]))


def fragment(href: str) -> str:
    """Return the link to a place in the same mail that `href` is, or ""."""
    place = "".join(unquote(href.strip()[1:]).split())
    return f"#{name(place)}" if place and href.lstrip().startswith("#") else ""


def given(value: str) -> str:
    """Return the names as the mail wrote them."""
    if PREFIX not in value:
        return value
    return " ".join(one.removeprefix(PREFIX) for one in value.split())
