"""What listeners are sent of a commit, however much it was."""

from __future__ import annotations

import msgspec
from tests.servers.streams import named

from missive_server.stream.messages import notice
from missive_wire import limits
from missive_wire.entities import Row
from missive_wire.frames import Change, FromServer, Poke

SCOPE = f"s:{named('inbox')}"


def told(bodies: int) -> FromServer:
    rows = tuple(
        Row("put", n, "comment", named(str(n)), 1, k=1, b=bytes(limits.BODY), bv=1)
        for n in range(1, bodies + 1)
    )
    news = notice(Change(scope=SCOPE, e="e1", prev=0, to=bodies, acl=1, rows=rows))
    assert (news.prev, news.frame.to, len(news.data) < limits.REQUEST) == (0, bodies, True)
    text = news.data[news.data.index(b"{") :]
    frame: FromServer = msgspec.json.decode(text, type=FromServer)
    return frame


def test_a_commit_travels_in_one_frame_unless_clients_would_refuse_it() -> None:
    assert isinstance(told(3), Change)
    assert told(100) == Poke(scope=SCOPE, e="e1", head=100)  # what one request may bring, and more
