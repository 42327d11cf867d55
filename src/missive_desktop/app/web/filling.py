"""Puts what folded mails hold into a page that is drawn already: the first frame waits for less.

Our own code in the application world does it; what is put in is as inert as what was loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from missive_desktop.app.web.page import MailPage

Piece = tuple[int, str]  # a mail, and the HTML of its card below the head
AT_ONCE = 100_000  # characters; what is put in takes the page a moment in which it cannot scroll

# A place is left as it is when the page was changed meanwhile.
_FILL = """
((path, pieces) => {
  if (location.pathname !== path) return false;
  for (const [id, html] of pieces) {
    const place = document.querySelector(`#m${id} > .mail > .later`);
    if (place && !place.firstChild) place.setHTMLUnsafe(html);
  }
  return true;
})(%s, %s)
"""


def fill(page: MailPage, token: str, pieces: Sequence[Piece], filled: Callable[[], None]) -> None:
    """Put in the pieces, the newest mails first, and say when all of them are there."""
    batches = _batches(pieces)

    def go_on(there: object = True) -> None:
        batch = next(batches, None)
        if not there:
            return
        if batch is None:
            filled()
        else:
            page.own_code(_FILL % (json.dumps(f"/page/{token}"), json.dumps(batch)), go_on)

    go_on()


def _batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for piece in reversed(pieces):
        if batch and size + len(piece[1]) > AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += len(piece[1])
    if batch:
        yield batch
