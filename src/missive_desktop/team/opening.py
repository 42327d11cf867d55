"""Rows of the wire as rows of the store, bodies opened; what does not open is kept closed.

Values only: who may read them out of which keys is the business of `keys`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec

from missive_desktop.domain.team import Trouble
from missive_desktop.store.team_rows import EntityRow, Key, Known
from missive_wire import codec, limits, shapes
from missive_wire.entities import Row, Type


class Opened(NamedTuple):
    """A body, a JSON object, and the device that signed it."""

    body: str
    signed: str


class Opener(Protocol):
    """Opens and seals with the keys that this device has now; for any thread."""

    def open(self, scope: str, row: Row) -> Opened | Trouble:
        """Return the body and who signed it; or why there is none."""

    def author(self, device: str) -> str:
        """Return the person whose device it is or was; "" for nobody's."""

    def seal(self, scope: str, t: str, id_: str, bv: int, body: str) -> tuple[int, bytes] | None:
        """Return key epoch and sealed body; None while the newest key is not here."""


_Plain = None | bool | Annotated[int, msgspec.Meta(ge=-(1 << 53), le=1 << 53)] | float | str
_Inner: Any = _Plain
for _ in range(8):
    _Inner = _Plain | list[_Inner] | dict[str, _Inner]
_BODY = shapes.decoder(dict[str, _Inner])


def read_body(content: bytes) -> str:
    """Return a body's text; `codec.Malformed` for what is no JSON object of sensible depth and
    numbers. Any member can write one, so it must do no harm wherever it is read later."""
    codec.read(_BODY, content, limits.BODY)
    return content.decode()


# What nobody changes but who made it: the rules say so, and here it is seen to by the signature.
_ONLY_OWN = frozenset({Type.COMMENT, Type.MESSAGE, Type.PERSONAL})


def may_be_by(row: Row, user: str) -> bool:
    """Say whether a body that this person signed may stand in a row as the server shows it."""
    return row.own == user or (row.bv > 1 and row.t not in _ONLY_OWN)


Ready = Mapping[tuple[str, str, int], EntityRow]  # rows opened ahead, by type, id and place


def ahead(opener: Opener, scope: str, rows: Iterable[Row]) -> Ready:
    """Open bodies before it is their turn. What does not open now may do so then."""
    made = [_opened(opener, scope, row, None, {}) for row in rows if row.op == "put" and row.b]
    return {(row.t, row.id, row.seq): row for row in made if not row.trouble}


def opened(
    opener: Opener,
    scope: str,
    rows: Iterable[Row],
    known: Mapping[Key, Known],
    ready: Ready | None = None,
) -> list[EntityRow]:
    """Return rows to be kept. A body that falls behind what was seen is not taken: that one stays.

    A row that is doubtful (`seq` 0: the scope is read anew) is no measure.
    """
    at_hand = ready or {}
    return [_opened(opener, scope, row, known.get((row.t, row.id)), at_hand) for row in rows]


def _opened(opener: Opener, scope: str, row: Row, seen: Known | None, ready: Ready) -> EntityRow:
    at_hand = ready.get((row.t, row.id, row.seq))
    if at_hand is not None and seen is None:
        return at_hand
    kept = EntityRow(
        row.t, row.id, row.op, row.seq, row.v, row.h, row.k, row.bv,
        own=row.own, by=row.by, at=row.at,
    )  # fmt: skip
    if row.op == "del" and seen is not None and seen.seq:  # it is not to come back as it once was
        return msgspec.structs.replace(kept, bv=max(row.bv, seen.bv))
    if row.op != "put" or not row.b:
        return kept
    if seen is not None and seen.seq and _falls_behind(seen, row):
        return msgspec.structs.replace(
            kept, bv=seen.bv, body=seen.body, signed=seen.signed, trouble=Trouble.ROLLED_BACK.value
        )
    found = Opened(at_hand.body, at_hand.signed) if at_hand else opener.open(scope, row)
    if isinstance(found, Trouble):
        return msgspec.structs.replace(kept, sealed=row.b, trouble=found.value)
    body, signed = found
    if seen is not None and seen.seq and row.bv == seen.bv and seen.body and seen.body != body:
        return msgspec.structs.replace(
            kept, body=seen.body, signed=seen.signed, trouble=Trouble.ROLLED_BACK.value
        )
    return msgspec.structs.replace(kept, body=body, signed=signed)


def _falls_behind(seen: Known, row: Row) -> bool:
    """Each body of an entity has a higher version than the one before, over its deletion too."""
    return row.bv < seen.bv if seen.op == "put" else seen.op == "del" and row.bv <= seen.bv


def again(opener: Opener, scope: str, row: EntityRow) -> EntityRow | None:
    """Return a closed row opened, or None where it stays closed."""
    wire = Row(
        "put", row.seq, row.t, row.id, row.v, row.h, row.k, row.sealed, row.bv, row.own, row.by,
        row.at,
    )  # fmt: skip
    found = opener.open(scope, wire)
    if found == row.trouble:
        return None
    if isinstance(found, Trouble):
        return msgspec.structs.replace(row, trouble=found.value)
    return msgspec.structs.replace(
        row, body=found.body, signed=found.signed, sealed=b"", trouble=""
    )
