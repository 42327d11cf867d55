"""What a click in a mail may open, and what is said before: links. Pure.

Of attached files `content.dangers` decides.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit


class Link(StrEnum):
    WEB = "web"  # the system's browser
    MAIL = "mail"  # our composer
    PHONE = "phone"
    NOTHING = "nothing"  # goes nowhere


def kind_of(url: str) -> Link:
    """Say where a link that was clicked leads."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() in ("http", "https"):
        try:
            return Link.WEB if urlsplit(url).hostname else Link.NOTHING
        except ValueError:
            return Link.NOTHING
    if not rest:
        return Link.NOTHING
    return {"mailto": Link.MAIL, "tel": Link.PHONE}.get(scheme.lower(), Link.NOTHING)
