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

# All expressions are for text in lower case. An address in a link or a picture, told apart by the
# last letter of `href` and `src`; its path as far as it says what it seems to; its first segment.
# It begins with fixed text: 54 microseconds for a mail of 20 KB, where a choice of `href` and `src`
# takes 176. One search for each of the two takes 98 for a mail of 60 KB, this one 67.
_PLACES = re.compile(
    r"=\"http(?<=([fc])=\"http)s?://"
    r"([a-z0-9.-]+)(/([^/?#\\\s\"&<]*)[^\"<&#\\\s]*[&#\\\s]?)"
)

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
# Passing over 90 tags inside of the expression takes 30 microseconds more than passing over all
# that is no tag; reading and judging them one by one took 500.
_TAGS = {
    (links, pictures): loads.tags((_LINK if links else "") + (_PICTURE if pictures else ""))
    for links in (False, True)
    for pictures in (False, True)
}


def tags(low: str, known: Table, reader: Reader) -> re.Pattern[str]:
    """Return an expression that finds the tags of a mail that are to be looked at."""
    places = _PLACES.findall(low)
    links = [place for place in places if place[0] == "f"]
    pictures = [place for place in places if place[0] == "c"]
    # The reader is looked for in all pictures together: one search for each form of the address.
    return _TAGS[
        not known.may_know(links),
        not known.may_know(pictures)
        and not reader.may_be_in("\n".join([host + path for _, host, path, _ in pictures])),
    ]
