"""Dates of every kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import dates

NOON = 1_710_504_000  # 2024-03-15 12:00:00 UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 15 Mar 2024 12:00:00 +0000", NOON),
        ("15 Mar 2024 14:00:00 +0200", NOON),
        ("Fri, 15 Mar 2024 07:00 EST", NOON),
        ("Fri,15 Mar 2024 12:00:00 GMT", NOON),
        ("Fri, 15 March 24 12:00:00 Z", NOON),
        ("Fri, 15 Mar 2024 12:00:00 (noon (really)) +0000 (UTC)", NOON),
        ("Fri, 15-Mar-2024 12.00.00 UTC", NOON),
        ("Fri Mar 15 12:00:00 2024", NOON),
        ("Fri Mar 15 12:00:00 UTC 2024", NOON),
        ("2024-03-15T12:00:00Z", NOON),
        ("2024-03-15 13:30:00 +01:30", NOON),
        ("ven., 15 mar. 2024 12:00:00 +0000", NOON),
        ("by mx.example with SMTP id x; Fri, 15 Mar 2024 12:00:00 +0000", NOON),
        ("Fri, 15 Mar 2024 12:00:00 XYZ", NOON),
        ("Fri, 15 Mar 2024 12(of the day):  00 : 00 +0000", NOON),
        ("Fr, 15 Mär 2024 13:00:00 +0100", NOON),
        ("ven., 15 juil. 2022 14:00:00 +0200", 1_657_886_400),
        ("Di, 15 Okt 2024 14:00:00 +0200", 1_728_993_600),
        ("Fri, 15 Mar 2024 14:00:00 GMT+0200", NOON),
        ("Fri, 15 Mar 2024 14:00:00 UTC+2", NOON),
        ("Fri Mar 15 13:00:00 CET 2024", NOON),
        ("Fri, 15 Mar 2024 21:00:00 JST", NOON),
        ("Tue, 31 Dec 1968 00:00:00 +0000", -31_622_400),
        ("tomorrow", None),
        ("", None),
        ("Fri, 15 Foo 2024 12:00:00 +0000", None),
        ("Fri, 35 Mar 2024 12:00:00 +0000", None),
        ("Fri, 15 Mar 2024 29:00:00 +0000", None),
        ("Fri, 15 Mar 2024 (unclosed 12:00:00 +0000", None),
    ],
)
def test_reads(text, moment):
    assert dates.parse(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 01 Jan 0000 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 +0000",
        "1 Jan 1960 00:00 +0000",
        "",
        "x",
    ],
)
def test_absurd_is_none(text):
    assert dates.plausible(text) == 0


@given(st.text(max_size=200))
def test_never_raises(text):
    assert dates.plausible(text) >= 0
