"""Remote images through the engine: loaded when wanted, kept, shown without asking again."""

from __future__ import annotations

import threading

import pytest
from tests.servers.desk import Desk, html
from tests.servers.pictures import HOST, answer, png, redirect

from missive_desktop.engine import images, reading
from missive_desktop.engine.protocol import (
    Act,
    LoadImages,
    SetImageRule,
    SetSetting,
)
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import image_rules, remote_images

MONDAY = 1_795_410_000.0  # the day of the mails, as `take` dates them


@pytest.fixture
def desk(tmp_path, picture_server):
    for name in ("a.png", "b.png", "c.png"):
        picture_server.pages[f"/{name}"] = answer(png(40, 30))
    desk = Desk(tmp_path, picture_server)
    yield desk
    desk.runtime.close()


def test_nothing_is_asked_before_it_is_wanted(desk):
    message = desk.take(html("a.png"))
    shown = desk.shown(message)
    assert shown.remote == (f"https://{HOST}/a.png",)
    assert shown.loaded == 0
    assert desk.server.heard == []


def test_images_are_loaded_once_and_stay(desk):
    message = desk.take(html("a.png", "b.png", "missing.png"))
    assert desk.shown(message).loaded == 0
    desk.notices.clear()
    found = desk.load(message)
    assert found == images.Loaded(
        2, ((f"https://{HOST}/missing.png", "It is no longer there."),), 1
    )
    assert {message} in desk.notices
    shown = desk.shown(message)
    assert shown.loaded == 2
    assert shown.remote == (f"https://{HOST}/missing.png",)
    assert "harmless words" in str(shown.html)
    assert "missive://mail/remote/0/" in str(shown.html)
    assert "track.example.net" not in str(shown.html)
    assert sorted(desk.paths()) == ["/a.png", "/b.png", "/missing.png"]
    with desk.runtime.reading() as conn:
        ids = remote_images.shown(conn, message)
        picture = remote_images.load(
            conn, desk.runtime.store, message, ids[f"https://{HOST}/a.png"]
        )
    assert picture == remote_images.Picture("image/png", png(40, 30))
    # To show it anew, after a rebuild say, asks nobody.
    desk.runtime.writer.run(lambda conn, _: conn.execute("DELETE FROM rendered"))
    assert desk.shown(message).loaded == 2
    assert len(desk.server.heard) == 3
    assert desk.problems() == []


def test_what_one_mail_loaded_another_of_the_account_needs_not_ask_for(desk):
    first, second = desk.take(html("a.png")), desk.take(html("a.png", "b.png"))
    desk.load(first)
    assert desk.shown(second).loaded == 0
    assert desk.load(second).loaded == 2
    assert desk.shown(second).loaded == 2
    assert desk.paths() == ["/a.png", "/b.png"]


def test_images_go_with_the_last_message(desk):
    first, second = desk.take(html("a.png")), desk.take(html("a.png"))
    desk.load(first, second)
    desk.run(Act(kind="delete", messages=(first,)))
    assert desk.shown(second).loaded == 1
    desk.run(Act(kind="delete", messages=(second,)))
    with desk.runtime.reading() as conn:
        assert conn.execute("SELECT count(*) FROM remote_images").fetchone() == (0,)
    assert desk.problems() == []


def test_what_is_no_picture_is_not_kept(desk):
    desk.server.pages["/a.png"] = answer(b"<html><script>x()</script>")
    desk.server.pages["/b.png"] = redirect("http://127.0.0.1/b.png")
    message = desk.take(html("a.png", "b.png"))
    found = desk.load(message)
    assert found.loaded == 0
    assert {reason for _, reason in found.problems} == {
        "It is no image.",
        "Its address belongs to a private network.",
    }
    assert desk.shown(message).loaded == 0


def test_a_tracker_is_never_asked_for(desk):
    message = desk.take(html() + '<img src="https://open.convertkit-mail.com/abc" width=90>')
    assert desk.load(message).refused >= 1
    assert desk.server.heard == []


def test_a_rule_for_the_sender_loads_without_asking(desk):
    message = desk.take(html("a.png"))
    assert desk.load(message, asked=False) == images.Loaded()
    desk.run(SetImageRule(scope="sender", value="News@Shop.example.org", allow=True))
    assert desk.load(message, asked=False).loaded == 1
    assert desk.shown(message).loaded == 1
    other = desk.take(html("a.png"), sender="eve@shop.example.org")
    assert desk.load(other, asked=False) == images.Loaded()
    assert desk.shown(other).loaded == 0
    # Of an allowed sender, what is here already is shown at once.
    second = desk.take(html("a.png"))
    assert desk.shown(second).loaded == 1
    assert desk.paths() == ["/a.png"]


def test_a_rule_is_tried_once(desk):
    message = desk.take(html("missing.png"))
    desk.run(SetImageRule(scope="sender", value="news@shop.example.org", allow=True))
    desk.load(message, asked=False)
    desk.load(message, asked=False)
    assert desk.paths() == ["/missing.png"]
    desk.load(message)
    assert desk.paths() == ["/missing.png", "/missing.png"]


def test_a_rule_for_a_domain_is_for_what_somebody_owns(desk):
    desk.run(SetImageRule(scope="domain", value="ann@mail.shop.co.uk", allow=True))
    with desk.runtime.reading() as conn:
        assert image_rules.all_(conn) == [("domain", "shop.co.uk", True)]
        assert image_rules.decision(conn, "eve@other.shop.co.uk") == "allow"
    desk.run(SetImageRule(scope="domain", value="shop.co.uk", allow=None))
    with desk.runtime.reading() as conn:
        assert image_rules.all_(conn) == []


@pytest.mark.parametrize(
    ("scope", "value"),
    [("domain", "co.uk"), ("domain", "com"), ("domain", "localhost"), ("domain", "10.0.0.1"),
     ("domain", ""), ("sender", "shop.example.org"), ("sender", "@x"), ("sender", "")],
)  # fmt: skip
def test_rules_for_nobody_in_particular_are_refused(desk, scope, value):
    with pytest.raises(UsageError):
        desk.run(SetImageRule(scope=scope, value=value, allow=True))


@pytest.mark.parametrize(
    "headers",
    [
        {"Authentication_Results": "mx.example.org; spf=pass; dmarc=fail header.from=example.org"},
        {"Authentication_Results": "mx.example.org; dkim=fail header.d=shop.example.org"},
        {"Authentication_Results": "mx.example.org; spf=softfail; dkim=none; dmarc=none"},
        # He passes for a domain of his own; the one in From asks for nothing.
        {
            "Authentication_Results": "mx.example.org; spf=pass smtp.mailfrom=eve@example.net;"
            " dkim=pass header.d=example.net; dmarc=none",
            "DKIM_Signature": "v=1; d=example.net; s=k; b=x",
        },
    ],
)
def test_a_forged_sender_has_no_rule(desk, headers):
    desk.run(SetImageRule(scope="sender", value="news@shop.example.org", allow=True))
    message = desk.take(html("a.png"), **headers)
    assert desk.load(message, asked=False) == images.Loaded()
    assert desk.shown(message).loaded == 0
    two = desk.take(html("a.png"), sender="news@shop.example.org, eve@example.net")
    assert desk.load(two, asked=False) == images.Loaded()
    assert desk.server.heard == []
    assert desk.load(message).loaded == 1  # by hand, it is the reader's choice
    honest = {"Authentication_Results": "mx.example.org; dkim=fail; dmarc=pass"}
    assert desk.load(desk.take(html("b.png"), **honest), asked=False).loaded == 1


def test_a_doubtful_sender_has_no_rule(desk):
    desk.run(SetImageRule(scope="domain", value="shop.example.org", allow=True))
    message = desk.take(html("a.png"), sender='"service@bank.example" <news@shop.example.org>')
    assert desk.load(message, asked=False) == images.Loaded()
    assert desk.server.heard == []


def test_never_takes_away_what_is_shown(desk):
    message, other = desk.take(html("a.png")), desk.take(html("b.png"), sender="eve@example.net")
    desk.load(message, other)
    desk.notices.clear()
    desk.run(SetImageRule(scope="domain", value="shop.example.org", allow=False))
    assert desk.notices == [{message}]
    assert desk.shown(message).loaded == 0
    assert desk.shown(other).loaded == 1
    assert desk.load(message, asked=False) == images.Loaded()
    assert desk.problems() == []


def test_images_switched_off_are_not_even_loaded_by_hand(desk):
    message = desk.take(html("a.png"))
    desk.run(SetImageRule(scope="sender", value="news@shop.example.org", allow=True))
    desk.run(SetSetting(name="remote_images", value="never"))
    with pytest.raises(Refused, match="switched off"):
        desk.run(LoadImages(messages=(message,)))
    assert desk.load(message, asked=False) == images.Loaded()
    for name, value in (("remote_images", "always"), ("image_proxy", "ftp://x")):
        with pytest.raises(UsageError):
            desk.run(SetSetting(name=name, value=value))


def test_new_mail_of_allowed_senders_is_fetched_for_before_it_is_opened(desk):
    def ahead(now: float = MONDAY) -> None:
        images.load_ahead(desk.runtime, now, lambda proxy: desk.server.fetcher())

    message = desk.take(html("a.png"))
    stranger = desk.take(html("b.png"), sender="eve@example.net")
    ahead()
    assert desk.server.heard == []
    desk.run(SetImageRule(scope="sender", value="news@shop.example.org", allow=True))
    ahead()
    assert desk.paths() == ["/a.png"]
    assert desk.shown(message).loaded == 1
    assert desk.shown(stranger).loaded == 0
    ahead()
    later = desk.take(html("a.png", "c.png"))
    ahead()
    assert desk.paths() == ["/a.png", "/c.png"]
    assert desk.shown(later).loaded == 2
    old = desk.take(html("b.png"))
    ahead(MONDAY + 15 * 24 * 3600)
    assert desk.paths() == ["/a.png", "/c.png"]
    assert desk.shown(old).loaded == 0


def test_two_who_want_the_same_ask_once(desk):
    message = desk.take(html("a.png", "b.png"))
    threads = [threading.Thread(target=desk.load, args=(message,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(desk.paths()) == ["/a.png", "/b.png"]


def test_a_message_that_is_gone_is_passed_over(desk):
    assert desk.load(12345) == images.Loaded()
    reading.make_shown(desk.runtime, [12345])
