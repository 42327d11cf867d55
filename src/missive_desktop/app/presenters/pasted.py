"""A link out of what somebody pasted: broken over lines by a mail, with words around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_BEGIN = re.compile(r"(?:https?|missive)://", re.IGNORECASE)
_AROUND = "<>\"'“”„«»()[],;!?."
_MOST = 40  # pieces that one link is broken into


def link_in(text: str, fits: Callable[[str], bool]) -> str:
    """Return the link in a text that `fits`, else all of the text without white space."""
    return next(filter(fits, _candidates(text)), "".join(text.split()))


def _candidates(text: str) -> Iterator[str]:
    """The most that can belong to it first: a link may have been cut by the end of a line."""
    for begin in _BEGIN.finditer(text):
        pieces = text[begin.start() :].split()[:_MOST]
        for count in range(len(pieces), 0, -1):
            whole = "".join(pieces[:count])
            if whole.count("://") == 1:  # not two links in one
                yield whole
                yield whole.rstrip(_AROUND)
