"""Which links and pictures of a mail are so ordinary that nobody has to look at them one by one.

Decides for all links, and for all pictures, of a mail at once: when none of their hosts and folders
is in the table, and no picture's address holds the reader's, the tags that are written in the usual
way are passed over by one expression. What is written otherwise is left for `loads` and `trackers`,
which would find nothing in those that are passed over: a test compares the two.
"""

from __future__ import annotations

import re

from missive_desktop.content import loads
from missive_desktop.content.uniqueness import Reader
from missive_desktop.content.vendors import Table

# All expressions are for text in lower case. The first segment ends where an entity begins: what
# is written so is not ordinary.
_PLACE = r"https?://([a-z0-9.-]+)(/([^/?#\\\s\"&<]*)[^\"<&#\\\s]*[&#\\\s]?)"
# Searched one after the other: an expression that begins with fixed text is found three times as
# quickly as a choice of two (17 + 17 against 118 microseconds for a mail of 20 KB).
_LINKS = re.compile(rf"href=\"{_PLACE}")
_PICTURES = re.compile(rf"src=\"{_PLACE}")

_OTHER = r"(?!src|lowsrc|dynsrc|width|height|style)[a-z][a-z-]{0,30}=\"[^\"<]*\""
_STYLE = r"style=\"(?![^\"]*(?:dth|ight)\s*:\s*[.01](?!\d))[^\"<&]*\""
_SIDE = r"(?:width|height)=\"\d\d+\""
_SOURCE = r"src=\"https?://[a-z0-9.-]+/[!$%'-;=>@-\[\]-~]{0,1000}\.(?:png|jpe?g|webp|svg|avif)\""
# A link with a host and a folder, and without `ping`.
_LINK = (
    r"(?!a\s+href=\"https?://[a-z0-9.-]+/[^/?#\\\s\"&<]*(?:[/?#][^\"<]*)?\""
    r"(?:\s+(?!ping)[a-z][a-z-]*=\"[^\"<]*\")*\s*>)"
)
# A picture by its ending, asked for without a question, of a size that is worth looking at. No
# value holds `<`, so that there is nothing to be found inside of the tag.
_PICTURE = (
    rf"(?!img(?:\s+(?:{_SOURCE}|{_STYLE}|{_OTHER})){{0,9}}\s+{_SIDE}"
    rf"(?:\s+(?:{_SOURCE}|{_STYLE}|{_SIDE}|{_OTHER})){{0,20}}\s*/?>)"
)
# Passing over 90 tags inside of the expression takes a tenth of what a turn of the loop in `loads`
# and the questions in `trackers` take for each: 40 against 450 microseconds.
_TAGS = {
    (links, pictures): loads.tags((_LINK if links else "") + (_PICTURE if pictures else ""))
    for links in (False, True)
    for pictures in (False, True)
}


def tags(low: str, known: Table, reader: Reader) -> re.Pattern[str]:
    """Return an expression that finds the tags of a mail that are to be looked at."""
    return _TAGS[_has_plain_links(low, known), _has_plain_pictures(low, known, reader)]


def _has_plain_links(low: str, known: Table) -> bool:
    """Whether no usual link leads to anybody known."""
    return not known.may_know(_LINKS.findall(low))


def _has_plain_pictures(low: str, known: Table, reader: Reader) -> bool:
    """Whether no usual picture comes from anybody known, or names the reader."""
    found = _PICTURES.findall(low)
    if not found or known.may_know(found):
        return not found
    # Looked for in all addresses together: one search for each form of the reader's address.
    return not reader.may_be_in("\n".join([host + path for host, path, _ in found]))
