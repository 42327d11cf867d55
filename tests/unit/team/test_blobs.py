"""Files that come down: what is under way is not waited for by who stops."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.factories import settings
from tests.team_model import SCOPES, ModelServer, clients

from missive_desktop.store import accounts, packs
from missive_desktop.team.blobs import Files
from missive_desktop.team.keys import blobs as sealing


def test_who_stops_waits_for_no_file_and_its_pack_is_let_go_of_after_it(tmp_path: Path) -> None:
    key, sealed = sealing.new_key(), io.BytesIO()
    blob = sealing.seal_file(key, io.BytesIO(b"a file"), sealed)
    asked, stopped, got = threading.Event(), threading.Event(), io.BytesIO()

    def part(path: str, start: int, length: int) -> tuple[bytes, int]:
        asked.set()
        assert stopped.wait(60)
        return sealed.getvalue(), blob.size

    with clients(tmp_path, ModelServer(), 1) as (client,):
        account = client.writer.run(
            lambda conn, changes: accounts.insert(conn, settings(), "", changes)
        )
        files = Files(client.books, cast(Any, SimpleNamespace(get_part=part)))
        fetching = threading.Thread(
            target=files.fetch, args=(account, SCOPES[0], blob.hash, key, got)
        )
        fetching.start()
        assert asked.wait(60)
        closing = threading.Thread(target=files.close, daemon=True)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
        stopped.set()
        fetching.join(60)
        assert got.getvalue() == b"a file"
        (pack,) = client.store.packs.glob("*.pack")
        assert packs.claim(pack)  # nobody holds it
        packs.release(pack)
