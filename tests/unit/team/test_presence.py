"""Who looks at what: said at a pace, forgotten by itself."""

from __future__ import annotations

from missive_desktop.team.presence import Presence, Seen
from missive_wire.frames import Present, Showing


def test_others_are_seen_until_they_go_and_oneself_never():
    news: list[int] = []
    presence = Presence("me", lambda: news.append(1), lambda frame: None)
    presence.take(Present("s", "c", "ana", "typing"))
    presence.take(Present("s", "c", "me", "viewing"))
    assert presence.seen("s", "c") == [Seen("ana", "typing")]
    presence.take(Present("s", "c", "ana", "typing"))
    assert len(news) == 1
    presence.take(Present("s", "c", "ben", "viewing", ttl=0))
    assert presence.everywhere() == {("s", "c"): [Seen("ana", "typing")]}
    presence.take(Present("s", "c", "ana", ""))
    assert presence.seen("s", "c") == []


def test_the_same_is_not_said_again_at_once():
    said: list[Showing] = []
    presence = Presence("me", lambda: None, said.append)
    presence.show("s", "c", "viewing")
    presence.show("s", "c", "viewing")
    presence.show("s", "c", "typing")  # within the second: the next one will say so
    presence.show("s", "d", "viewing")
    presence.show("s", "d", "")
    assert [(each.conv, each.st) for each in said] == [
        ("c", "viewing"),
        ("d", "viewing"),
        ("d", ""),
    ]


def test_nobody_is_there_for_longer_than_a_minute_whatever_the_server_says():
    now = [100.0]
    presence = Presence("me", lambda: None, lambda frame: None, lambda: now[0])
    presence.take(Present("s", "c", "ana", "viewing", ttl=1 << 50))
    now[0] += 59
    assert presence.seen("s", "c") == [Seen("ana", "viewing")]
    now[0] += 2
    assert presence.everywhere() == {}
