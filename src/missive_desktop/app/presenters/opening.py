"""What a click in a mail may open, and what is said before: links. No Qt.

A link is judged when it is looked at, by the tables of that day; nothing is asked of anybody.
Of attached files `content.dangers` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from missive_desktop import resources
from missive_desktop.app.presenters.shown import Page
from missive_desktop.content import anchors, link_rules, links, lookalikes
from missive_desktop.content.links import Context, Link
from missive_desktop.sync.digesting import known_vendors


class Seen(NamedTuple):
    """A link under the pointer or the focus; `text` is what it claims, if that misleads."""

    link: Link
    text: str

    @property
    def written(self) -> Written:
        """The target as people read it."""
        return written(self.link)


class Written(NamedTuple):
    """An address as it is shown: what counts stands by itself."""

    before: str
    domain: str
    after: str


class LinkBook:
    """Knows the links of the conversation that is shown."""

    def __init__(self) -> None:
        self._page: Page | None = None
        self._texts: dict[str, list[str]] = {}
        self._older: dict[str, list[str]] = {}
        self._hrefs: dict[str, str] = {}
        self._context: Context | None = None

    def turn_to(self, page: Page | None) -> None:
        """Look up links of this page from now on; the one before may still be on the screen."""
        if page is self._page:
            return
        self._page, self._older, self._texts = page, self._texts, {}
        self._context, self._hrefs = None, {}
        for note in page.links if page is not None else ():
            self._texts.setdefault(links.key(note.url), []).append(note.text)

    def look(self, url: str) -> Seen:
        """Examine a link that is on the page, as its author wrote it where that is certain."""
        context = self._known()
        key = links.key(url)
        href = self._hrefs.get(key) or url
        for text in self._texts.get(key, []) + self._older.get(key, []):
            link = links.examine(href, text, context)
            if any(caution.code == "text" for caution in link.warnings):
                return Seen(link, text)
        return Seen(links.examine(href, "", context), "")

    def _known(self) -> Context:
        if self._context is None:
            senders: Sequence[str] = self._page.senders if self._page is not None else ()
            html = self._page.html if self._page is not None else ""
            hrefs = list(dict.fromkeys(anchor.href for anchor in anchors.of(html)))
            self._hrefs = _by_key(hrefs)
            self._context = links.context(_rules(), known_vendors(), senders, hrefs)
        return self._context


def _by_key(hrefs: Sequence[str]) -> dict[str, str]:
    """Return addresses by what the view calls them; "" where it calls several the same.

    Browsers and Qt write an address anew (`%7e` becomes `~`), which one that is copied should not
    show. What is not plain ASCII is taken as the view says it.
    """
    found: dict[str, str] = {}
    for href in hrefs:
        key = links.key(href)
        plain = href.isascii() and href.isprintable() and " " not in href
        found[key] = href if plain and key not in found else ""
    return found


def warm() -> None:
    """Read the tables before the first link is looked at: it takes a tenth of a second."""
    book = LinkBook()
    book.turn_to(Page("", "", (), ("ann@example.org",)))
    book.look("https://xn--bcher-kva.example/?utm_source=x")


def written(link: Link) -> Written:
    """Return a link's target as people read it, its registrable domain apart."""
    if link.refused:
        return Written(_legible(link.original), "", "")
    if link.kind != "web":
        return Written("", _legible(link.host), "")
    scheme, _, rest = link.target.partition("://")
    place = rest.partition("#")[0].partition("?")[0].partition("/")[0]
    after = _legible(rest[len(place) :])
    user, at, host = place.rpartition("@")
    number = host.rpartition(":")[2]
    port = f":{number}" if ":" in host and number.isdecimal() else ""
    shown = "http://" if scheme.lower() == "http" else ""
    before = link.host.removesuffix(link.domain)
    return Written(
        f"{shown}{_legible(user)}{at}{before}",
        link.domain,
        f"{port}{'' if after == '/' else after}",
    )


def _legible(text: str) -> str:
    """Decode what can be read, unless it would hide or turn anything."""
    plain = unquote(text)
    for each in (plain, text):
        if "\ufffd" not in each and each.isprintable() and not lookalikes.unseen(each):
            return each
    return ascii(text)[1:-1]


@lru_cache(maxsize=1)
def _rules() -> link_rules.Rules:
    return link_rules.rules(resources.path("links.toml").read_text(encoding="utf-8"))
