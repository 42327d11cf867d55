"""Colours in the dark: texts stay readable, hues stay, images are left alone."""

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import colours, darkening
from missive_desktop.content.colours import Colour
from missive_desktop.content.sanitize import sanitize

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda p: Colour(*(x / 255 for x in p)))


def dark(html):
    return str(darkening.darkened(sanitize(html).html))


def rounded(colour):
    found = colours.parse(colours.written(colour))
    assert found is not None
    return found


@given(COLOURS, COLOURS)
def test_every_text_can_be_read_on_every_ground(one, other):
    text, ground = rounded(darkening.text(one)), rounded(darkening.ground(other))
    assert colours.contrast(text, ground) >= 4.5


@given(COLOURS)
def test_a_border_is_never_brighter_than_text(one):
    assert colours.luminance(darkening.line(one)) <= 0.5


def test_light_paper_turns_and_dark_grounds_stay():
    assert colours.written(darkening.ground(Colour(1, 1, 1))) == "#1c1c1c"
    order = [darkening.ground(Colour(x / 10, x / 10, x / 10)) for x in range(6, 11)]
    lights = [colours.luminance(colour) for colour in order]
    assert lights == sorted(lights, reverse=True)
    black = Colour(0.2, 0.2, 0.2)
    assert colours.written(darkening.ground(black)) == colours.written(black)


@pytest.mark.parametrize("hue", [0, 0.15, 0.33, 0.6, 0.8])
def test_hues_stay(hue):
    written = Colour(*colorsys.hls_to_rgb(hue, 0.4, 0.7))
    for made in (darkening.text(written), darkening.ground(written)):
        found = colorsys.rgb_to_hls(*made[:3])[0]
        assert min(abs(found - hue), 1 - abs(found - hue)) < 0.09


def test_a_mail():
    shown = dark(
        f"<style>.a{{color:#333;background:#fff url('{PIXEL}');font:12px 'Black'}}</style>"
        "<body bgcolor=white text=black><table bgcolor=ffffff bordercolor=red><td "
        "style='color:rgb(0,0,0);background:linear-gradient(#fff,red)'>"
        f"<font color=navy>x</font><img src='{PIXEL}'>"
    )
    assert shown.count(PIXEL) == 2
    assert "#fff" not in shown
    assert '"Black"' in shown
    assert ' bgcolor="#1c1c1c"' in shown
    assert "background-color: #1c1c1c" in shown
    assert ">x</font>" in shown


def test_hidden_text_stays_hidden_and_odd_colours_go():
    assert "transparent" in dark("<p style='color:transparent'>x")
    assert "rgba(0,0,0,0)" in dark("<p style='color:rgba(0,0,0,0)'>x")
    assert "bgcolor" not in dark("<table bgcolor=chucknorris><td>x")
    assert "inherit" in dark("<p style='color:inherit'>x")


def test_a_mail_that_is_dark_stays_as_it_is():
    for html in (
        "<body bgcolor=#101010><p style='color:#eee'>x",
        "<body style='background:#111'><p style='color:#eee'>x",
        "<style>body{background-color:#111}</style><p style='color:#eee'>x",
    ):
        safe = sanitize(html).html
        assert darkening.darkened(safe) == safe
    assert "#fff;" not in dark("<style>body{background:#fff;}</style>x")


def test_words_in_gradients_are_text():
    shown = dark("<p style='background:linear-gradient(#000,#000);-webkit-background-clip:text'>x")
    assert "#e8e8e8" in shown
