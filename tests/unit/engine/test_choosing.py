"""What of a mail's remote images is asked for, and what of the answers is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.servers.pictures import png

from missive_desktop.content import rendered, trackers
from missive_desktop.engine.allowance import disowned
from missive_desktop.engine.choosing import refuses, select, showable
from missive_desktop.remote.fetch import Fetched
from missive_desktop.sync.digesting import known_vendors

IMAGE = "https://cdn.example.net/a.png"


BOMB = png(1, 1).replace(b"\0\0\0\1", b"\0\0\xff\xff", 2)  # 65,535 pixels square, it says


def mail(body: str, fields: str = "From: a@example.org\r\n") -> rendered.Rendered:
    raw = f"{fields}Content-Type: text/html; charset=utf-8\r\n\r\n{body}"
    return rendered.render(raw.encode(), known_vendors())


def test_images_are_asked_for_and_trackers_are_not():
    pixel = "https://unknown.example.net/p?u=1"
    vendor = "https://u1.ct.sendgrid.net/wf/open?upn=abc"
    shown = mail(
        f'<img src="{IMAGE}" width=90><img src="{pixel}" width=1 height=1>'
        f'<img src="{vendor}" width=90><a href="https://x.example.net/">x</a>'
    )
    wanted = select(shown, known_vendors())
    assert wanted.images == (IMAGE,)
    assert set(wanted.refused) == {pixel, vendor}


def test_what_the_table_knows_is_refused_however_it_got_among_the_images():
    vendor = "https://u1.ct.sendgrid.net/wf/open?upn=abc"
    shown = rendered.render(
        f'Content-Type: text/html\r\n\r\n<img src="{vendor}" width=90 height=50>'.encode(),
        trackers.EMPTY,
    )
    assert vendor in shown.remote or not shown.remote
    assert select(shown, known_vendors()).images == ()


def test_where_redirects_lead_is_held_against_the_table():
    refused = refuses(known_vendors())
    assert refused("https://u1.ct.sendgrid.net/wf/open?upn=abc")
    assert not refused("https://cdn.example.net/a.png?Signature=Zm9vYmFyYmF6MDEyMzQ1Njc4OQ")
    assert not refused("https://[::1")


def test_pixels_and_clean_drawings_are_shown():
    assert showable(Fetched(IMAGE, png(2, 2), "image/png")) == Fetched(
        IMAGE, png(2, 2), "image/png"
    )
    drawing = (
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        b"<rect width='9' height='9'/><script>x</script></svg>"
    )
    cleaned = showable(Fetched(IMAGE, drawing, "image/svg+xml"))
    assert cleaned.media_type == "image/svg+xml"
    assert b"script" not in cleaned.data


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"GIF89a", png(2, 2)[:20], b"<svg", BOMB],
)
def test_what_is_broken_or_a_bomb_is_not(data):
    result = showable(Fetched(IMAGE, data, "image/png"))
    assert result == Fetched(IMAGE, problem="It is no image that can be shown safely.")


def test_a_problem_stays_one():
    assert showable(Fetched(IMAGE, problem="No.")) == Fetched(IMAGE, problem="No.")


@given(st.binary(max_size=400))
def test_whatever_comes_is_judged(data):
    result = showable(Fetched(IMAGE, data))
    assert bool(result.data) != bool(result.problem)


@pytest.mark.parametrize(
    ("fields", "speaks_against"),
    [
        ("From: a@example.org\r\n", False),
        ("From: a@example.org\r\nFrom: b@example.org\r\n", True),
        ("From: a@example.org, b@example.org\r\n", True),
        ("Authentication-Results: x; dmarc=fail; dkim=pass\r\nFrom: a@example.org\r\n", True),
        ("Authentication-Results: x; dmarc=pass; dkim=fail\r\nFrom: a@example.org\r\n", False),
        ("Authentication-Results: x; dkim=fail; spf=pass\r\nFrom: a@example.org\r\n", False),
        ("Authentication-Results: x; spf=softfail\r\nFrom: a@example.org\r\n", True),
        (
            "Authentication-Results: x; spf=pass smtp.mailfrom=z.example\r\nFrom: a@b.example\r\n",
            True,
        ),
        ("Authentication-Results: x; none\r\nFrom: a@example.org\r\n", False),
    ],
)
def test_words_against_the_sender(fields, speaks_against):
    assert disowned(mail("<p>x", fields).facts) is speaks_against
