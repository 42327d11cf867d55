"""Recipients as typed and pasted, without a screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.app.presenters.recipients import from_mailto, people, valid, written
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.org", [("", "ann@example.org")]),
        ("Ann Lee <ann@example.org>", [("Ann Lee", "ann@example.org")]),
        ('"Lee, Ann" <a@x.org>, bob@x.org', [("Lee, Ann", "a@x.org"), ("", "bob@x.org")]),
        ("a@x.org; b@x.org\nc@x.org", [("", "a@x.org"), ("", "b@x.org"), ("", "c@x.org")]),
        ("a@x.org b@x.org", [("", "a@x.org"), ("", "b@x.org")]),
        ("mailto:a@x.org", [("", "a@x.org")]),
        ("'Ann' <a@x.org>", [("Ann", "a@x.org")]),
        (r'"An \"A\" Lee" <a@x.org>', [('An "A" Lee', "a@x.org")]),
        ("claire@@velo", [("", "claire@@velo")]),
        (" , ;\n", []),
    ],
)  # fmt: skip
def test_lists_are_read_as_people_write_them(text, expected):
    assert [tuple(person) for person in people(text)] == expected


@pytest.mark.parametrize("email", ["a@x.org", "å.ö@müller.example", '"a b"@x.org', "a@[::1]"])
def test_addresses_that_can_be(email):
    assert valid(Address("", email))


@pytest.mark.parametrize(
    "email", ["", "a", "a@", "@x.org", "a@@x.org", "a b@x.org", ".a@x.org", "a..b@x.org", "a@x"]
)
def test_addresses_that_cannot_be(email):
    assert not valid(Address("", email))


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30).map(str.strip))
def test_what_is_written_is_read_back(name):
    person = Address(name, "ann@example.org")
    if name[:1] in "'\"" or "(" in name or ")" in name or "\\" in name:
        return  # quotes are taken off, comments and escapes are read as such
    assert people(written(person)) == [person]


def test_a_mailto_link_fills_a_draft():
    link = (
        "mailto:ann@example.org,bob%40x.org?cc=c%2Bd@x.org&subject=A%20%26+b"
        "&body=one%0D%0Atwo&attach=/etc/passwd&In-Reply-To=%3Cid@x%3E"
    )
    draft = from_mailto(
        link, Draft(account=3, sender=Address("Me", "me@x.org"), text="\n\n-- \nMe")
    )
    assert draft.account == 3
    assert [p.email for p in draft.to] == ["ann@example.org", "bob@x.org"]
    assert [p.email for p in draft.cc] == ["c+d@x.org"]
    assert draft.subject == "A &+b"
    assert draft.text == "one\ntwo\n\n-- \nMe"
    assert draft.in_reply_to == "id@x"
    assert draft.attachments == ()
