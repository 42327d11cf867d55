"""Colours read, seen and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import colours
from missive_desktop.content.colours import Colour


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("#fff", "#ffffff"),
        ("ffffff", "#ffffff"),
        ("#12345680", "rgba(18, 52, 86, 0.502)"),
        ("Red", "#ff0000"),
        ("rgb(1, 2, 3)", "#010203"),
        ("rgb(100% 0% 0% / 50%)", "rgba(255, 0, 0, 0.5)"),
        ("rgba(300,-5,0,2)", "#ff0000"),
        ("hsl(120, 100%, 50%)", "#00ff00"),
        ("hsla(240deg 100% 50% / 1)", "#0000ff"),
        ("windowtext", "#000000"),
    ],
)
def test_colours(text, written):
    colour = colours.parse(text)
    assert colour is not None
    assert colours.written(colour) == written


@pytest.mark.parametrize(
    "text", ["", "none", "currentcolor", "rgb(1,2)", "rgb(a,b,c)", "#12", "hsl(x)"]
)
def test_no_colours(text):
    assert colours.parse(text) is None


def test_contrast():
    assert colours.contrast(Colour(0, 0, 0), Colour(1, 1, 1)) == pytest.approx(21)
    assert colours.seen(Colour(1, 1, 1)).light == pytest.approx(1, abs=0.001)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_what_is_seen_is_shown_again(parts):
    colour = Colour(*(part / 255 for part in parts))
    assert colours.written(colours.shown(colours.seen(colour))) == colours.written(colour)
