"""The process that helps a large pull: fetches, digests, hashes and seals, and hands over.

Started by `porter`, never by hand. It opens no store and writes no file, so it can be ended at
any moment; whatever goes wrong, it ends, and who started it goes on without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import sys
import threading
import time
from typing import BinaryIO

from missive_desktop.domain.message import storable
from missive_desktop.errors import Error
from missive_desktop.mail.session import Fetched, Session, connect
from missive_desktop.store.sealing import Sealer
from missive_desktop.sync import parcels
from missive_desktop.sync.digesting import digest
from missive_desktop.sync.parcels import Order, Parcel, Start

# Large boxes cost fewer changes between processes; what is ready must not wait for long either.
_PARCELS = 100
_BYTES = 1 << 20
_SECONDS = 0.25

_CONNECT_TIMEOUT = 30.0


def main() -> int:
    incoming, outgoing = _take_pipes()
    start = parcels.read_order(incoming)
    if not isinstance(start, Start):
        return 2
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(incoming, orders), daemon=True).start()
    with contextlib.suppress(Error, OSError):  # the other side finds out by itself what is wrong
        session = connect(start.settings, start.secret, timeout=_CONNECT_TIMEOUT)
        sealer = Sealer()
        while True:
            _serve(session, sealer, orders.get(), outgoing)
    return 1


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for frames; a stray print must not get among them."""
    incoming, outgoing = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    return (
        os.fdopen(incoming, "rb", buffering=0),
        os.fdopen(outgoing, "wb", buffering=0),
    )


def _read(incoming: BinaryIO, orders: queue.SimpleQueue[Order]) -> None:
    """Take orders; when who gives them is gone, nobody waits for what is under way."""
    try:
        while True:
            order = parcels.read_order(incoming)
            if isinstance(order, Order):
                orders.put(order)
    except BaseException:
        os._exit(0)


def _serve(session: Session, sealer: Sealer, order: Order, outgoing: BinaryIO) -> None:
    """Bring what was ordered; an empty box says that no more comes."""
    if session.select(order.folder, readonly=True).uidvalidity != order.uidvalidity:
        raise SystemExit(1)  # other messages have these UIDs now
    box: list[Parcel] = []
    size, since = 0, time.monotonic()
    try:
        for fetched in session.fetch(order.uids):
            box.append(_parcel(fetched, sealer))
            size += len(box[-1].body)
            if len(box) >= _PARCELS or size >= _BYTES or time.monotonic() - since > _SECONDS:
                parcels.write(outgoing, box)
                box, size, since = [], 0, time.monotonic()
    finally:
        if box:
            parcels.write(outgoing, box)
    parcels.write(outgoing, [])


def _parcel(fetched: Fetched, sealer: Sealer) -> Parcel:
    parcel = Parcel(
        uid=fetched.uid,
        flags=int(fetched.flags),
        keywords=fetched.keywords,
        received=fetched.received,
        provider_id=fetched.provider_id,
        provider_thread=fetched.provider_thread,
        problem=fetched.problem,
    )
    raw = fetched.raw
    if raw is not None:
        parcel.digest = storable(digest(raw))  # type: ignore[arg-type]
        parcel.hash = hashlib.sha256(raw).digest()[:16]
        parcel.size = len(raw)
        parcel.body, parcel.key = sealer.seal(raw)
    return parcel


if __name__ == "__main__":
    sys.exit(main())
