"""What becomes of an act between the moment a page was prepared and the one it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.team_model import SCOPES, ModelServer, clients

from missive_desktop.domain.team import Intent
from missive_wire.ids import new_id


def changed(id_: str, **h: Any) -> Intent:
    return Intent("patch", SCOPES[0], "conv", id_, "changed", h)


def test_what_was_settled_while_a_page_was_prepared_is_not_shown_as_pending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, id_ = ModelServer(), new_id()
    with clients(tmp_path, server, 2) as (one, other):
        one.submit(Intent("put", SCOPES[0], "conv", id_, "made", {}, "{}"))
        one.settle()
        other.settle()
        one.submit(changed(id_, mark="mine"))
        one.wire.lose.append("back")
        with pytest.raises(Exception, match="lost"):
            one.push()
        one.reading.pull()  # the row is here, and its answer was lost
        other.submit(changed(id_, note="theirs"))
        assert other.push()
        prepare = one.seen.prepare

        def meanwhile(*given: Any) -> Any:
            prepared = prepare(*given)
            monkeypatch.undo()
            assert one.push()
            return prepared

        monkeypatch.setattr(one.seen, "prepare", meanwhile)
        one.reading.frame(server.frames[one.device][-1])
        assert list(one.all_pending().values()) == ["done", "done"]
        shown = one.seen.entities[SCOPES[0], "conv", id_]
        assert (shown.h, shown.pending) == ({"mark": "mine", "note": "theirs"}, False)
