"""Address lists, as they should be and as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import addresses

CASES = [
    ("", []),
    ("ann@example.org", [("", "ann@example.org")]),
    ("<ann@example.org>", [("", "ann@example.org")]),
    ("Ann Lee <ann@example.org>", [("Ann Lee", "ann@example.org")]),
    (
        '"Lee, Ann" <ann@example.org>, bo@example.net',
        [("Lee, Ann", "ann@example.org"), ("", "bo@example.net")],
    ),
    ("ann@example.org; bo@example.net", [("", "ann@example.org"), ("", "bo@example.net")]),
    ("Lee, Ann <ann@example.org>", [("Lee, Ann", "ann@example.org")]),
    ("ann@example.org (Ann Lee)", [("Ann Lee", "ann@example.org")]),
    (
        "Ann (at home (not work)) <ann@example.org>",
        [("Ann (at home (not work))", "ann@example.org")],
    ),
    (
        "The team: ann@example.org, Bo <bo@example.net>;",
        [("", "ann@example.org"), ("Bo", "bo@example.net")],
    ),
    ("undisclosed-recipients:;", []),
    ("<@relay.example,@next.example:ann@example.org>", [("", "ann@example.org")]),
    ("ann . lee @ example . org", [("", "ann.lee@example.org")]),
    ('"ann lee"@example.org', [("", '"ann lee"@example.org')]),
    ("Ann <ann@[192.0.2.7]>", [("Ann", "ann@[192.0.2.7]")]),
    ("'Ann Lee' <ann@example.org>", [("Ann Lee", "ann@example.org")]),
    ('"Ann \\"Ace\\" Lee" <ann@example.org>', [('Ann "Ace" Lee', "ann@example.org")]),
    ('"ann \\"ace\\" lee"@example.org', [("", '"ann \\"ace\\" lee"@example.org')]),
    ("Ann <ann@example.org", [("Ann", "ann@example.org")]),
    ("ann@example.org <ann@example.org>", [("ann@example.org", "ann@example.org")]),
    ("root", [("", "root")]),
    ("MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON")]),
    (", ,ann@example.org,,", [("", "ann@example.org")]),
    ("=?utf-8?q?J=C3=BCrgen_Wei=C3=9F?= <j@example.org>", [("Jürgen Weiß", "j@example.org")]),
    ('"=?utf-8?b?5L2Q6Jek?=" <sato@example.org>', [("佐藤", "sato@example.org")]),
    ("Jürgen <j@bücher.example>", [("Jürgen", "j@bücher.example")]),
    # An encoded comma or bracket is part of a name and never makes another sender.
    (
        "=?utf-8?q?boss=40example.com=3E=2C?= <ann@example.org>",
        [("boss@example.com>,", "ann@example.org")],
    ),
    ("Ann <ann\u200b@example.org>", [("Ann", "ann@example.org")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_reads(text, expected):
    assert [tuple(found) for found in addresses.parse(text.encode())] == expected


def test_folded_value():
    found = addresses.parse(b"Ann Lee\r\n\t<ann@example.org>,\r\n bo@example.net")
    assert [tuple(one) for one in found] == [("Ann Lee", "ann@example.org"), ("", "bo@example.net")]


def test_old_latin_bytes():
    assert addresses.one(b"J\xfcrgen <j@example.org>").name == "Jürgen"


@given(st.binary(max_size=400))
def test_never_raises(value):
    for address in addresses.parse(value):
        assert "\n" not in address.name
        assert "\n" not in address.email


_WORD = st.text("abcdefghijklmnopqrstuvwxyzäé", min_size=1, max_size=12)


@given(st.lists(st.tuples(_WORD, _WORD), min_size=1, max_size=8))
def test_plain_and_careful_readers_agree(people):
    value = ", ".join(f"{name} <{local}@example.org>" for name, local in people)
    assert list(addresses.parse(value.encode())) == addresses._read(value)
