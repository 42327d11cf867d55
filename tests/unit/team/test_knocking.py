"""Who wants in: told whatever was written where a device is to be named."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.team_model import ORG, Client, ModelServer

from missive_desktop.store import team_rows, team_scopes
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.keys.roster import Roster
from missive_desktop.team.knocking import Knocking
from missive_wire.accounts import Devices
from missive_wire.ids import org_scope


def test_a_name_that_makes_no_sense_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    client = Client(tmp_path, ModelServer(), ORG)

    def work(conn: Any, changes: Any) -> None:
        scope = team_scopes.ensure(conn, client.team, org_scope(ORG), changes)
        row = EntityRow("device", client.device, "put", 1, 1, body='{"name": 5}')
        team_rows.write(conn, scope.id, [row])

    client.writer.run(work)
    calls, asked = SimpleNamespace(get=lambda path, shape: asked.append(path) or Devices(())), []
    vault = SimpleNamespace(roster=Roster(ORG))
    Knocking(client.books, cast(Any, calls), cast(Any, vault), client.submit).look()
    assert len(asked) == 1
    client.close()
