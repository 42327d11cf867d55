"""Old mail is looked through for trackers when the finder is newer, in quiet moments."""

from __future__ import annotations

import os

import pytest
from tests.factories import mailbox

from missive_desktop.engine import tracking
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import settings
from missive_desktop.store import tracking as kept
from missive_desktop.sync import digesting

KEY = bytes(range(32))
RAW = (
    b"From: News <news@shop.example>\r\nTo: ben@example.org\r\nMessage-ID: <%d@x>\r\n"
    b"Content-Type: text/html\r\n\r\n<p>Hello</p>"
    b'<img src="https://u1.ct.sendgrid.net/wf/open?upn=%d" width="1" height="1">\r\n'
)


@pytest.fixture
def profile(tmp_path):
    with mailbox(tmp_path) as box:  # as an older program left it: nothing was looked for
        box.add([box.arrival(n, raw=RAW % (n, n)) for n in range(1, 121)])
        box.writer.run(
            lambda conn, _: settings.put(conn, "tracking", {"version": "0.1", "below": 0})
        )
    return Profile(tmp_path)


def test_newest_first_and_on_from_where_it_was_left(profile, monkeypatch):
    monkeypatch.setattr(tracking, "_STEPS", 1)
    runtime = Runtime(profile, KEY, lambda _: None)
    try:
        assert tracking.find_again(runtime)
        with runtime.reading() as conn:
            newest = [row[0] for row in conn.execute("SELECT id FROM messages ORDER BY id DESC")]
            done = {row[0] for row in conn.execute("SELECT message_id FROM trackers")}
            assert done == set(newest[:50])
    finally:
        runtime.close()
    runtime = Runtime(profile, KEY, lambda _: None)
    try:
        while tracking.find_again(runtime):
            pass
        with runtime.reading() as conn:
            assert {one.vendor for one in kept.of(conn, newest[-1])} == {"SendGrid"}
            counts = conn.execute("SELECT DISTINCT trackers FROM messages").fetchall()
            shown = conn.execute("SELECT DISTINCT trackers FROM conversations").fetchall()
            assert (counts, shown) == ([(1,)], [(1,)])
            assert kept.progress(conn, digesting.finder_version()).below == 0
        assert not tracking.find_again(runtime)
    finally:
        runtime.close()


def test_a_new_store_has_nothing_to_look_for(tmp_path):
    runtime = Runtime(Profile(tmp_path), os.urandom(32), lambda _: None)
    try:
        assert not tracking.find_again(runtime)
        with runtime.reading() as conn:
            assert kept.is_current(conn, digesting.finder_version())
    finally:
        runtime.close()
