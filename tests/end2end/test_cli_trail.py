"""Who did what, from the command line, with a real server; a file of it that proves itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.end2end.test_cli_team_login import create
from tests.servers.missive_server import TeamServer
from tests.servers.program import Program
from tests.servers.trails import sign

from missive_wire.ids import new_id


def test_the_trail_is_verified_listed_and_taken_along(
    program: Program, tmp_path: Path, shared_team_server: TeamServer
) -> None:
    email = f"{new_id()[-12:]}@example.com"
    create(program, shared_team_server, email)
    program.run("inbox", "share", "Support")
    sign(shared_team_server)
    verified = program.json("audit", "verify")
    assert verified["findings"] == []
    assert len(verified["counts"]) == 3
    assert sum(verified["counts"].values()) > 5
    assert len(verified["code"].split()) == 4
    rows = program.json("audit", "list", "--who", "me", "--act", "space.created")
    assert [(row["did"], row["proven"]) for row in rows] == [("made a space", True)]
    table = tmp_path / "trail.csv"
    program.run("audit", "list", "--since", "1d", "--csv", str(table))
    with table.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert {"made the organization", "made a space", "gave access to"} <= {r["did"] for r in found}
    file_name = str(tmp_path / "trail.json")
    program.run("audit", "export", file_name)
    assert "entries hold" in program.run("audit", "verify", "--file", file_name).stdout
    given = json.loads(Path(file_name).read_text("utf-8"))
    scope = next(scope for scope in given["scopes"] if scope.startswith("o:"))
    given["scopes"][scope][2]["by"] = new_id()
    Path(file_name).write_text(json.dumps(given), "utf-8")
    refused = program.run("audit", "verify", "--file", file_name, code=1)
    assert "Entry 3" in refused.stderr
    sign(shared_team_server)
    acts = {row["act"] for row in program.json("audit", "list", "--act", "read")}
    assert acts == {"audit.read", "export.made"}  # who reads the trail stands in it
    assert "Every device" in program.run("team", "unpurged").stderr
