"""The link with which an organization begins."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_wire.setup import Setup, link, parsed

TOKEN = "t" * 43


@given(st.text(st.characters(categories=["L", "N", "Zs"]), max_size=60))
def test_what_is_put_in_comes_out(name: str) -> None:
    setup = Setup("https://sync.example.org/team", TOKEN, "ana@example.org", name)
    assert parsed(f" {link(setup)} ") == setup._replace(name=name if name.isprintable() else "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://sync.example.org/setup",
        f"https://sync.example.org/setup#2.{TOKEN}..",
        "https://sync.example.org/setup#1.short..",
        f"https://sync.example.org/setup#1.{TOKEN}.*.",
        f"https://ana@sync.example.org/setup#1.{TOKEN}..",
        f"https://sync.example.org/join#1.{TOKEN}..",
        f"https://sync.example.org/setup?a=b#1.{TOKEN}..",
        f"ftp://sync.example.org/setup#1.{TOKEN}..",
        f"https:///setup#1.{TOKEN}..",
        f"https://[::1/setup#1.{TOKEN}..",
        f"https://sync.example.org/setup#1.{TOKEN}.." + "a" * 2000,
    ],
)
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(ValueError):
        parsed(text)


@given(st.text())
def test_any_text(text: str) -> None:
    for each in (text, f"https://h/setup#1.{TOKEN}.{text}.{text}"):
        with contextlib.suppress(ValueError):
            parsed(each)
