"""Invitation links: what is made is parsed, anything else is refused in words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.team.keys import invitation
from missive_desktop.team.keys.invitation import new_invitation, parsed
from missive_desktop.team.keys.root import new_root
from missive_desktop.team.keys.trouble import BadLink
from missive_wire.ids import new_id

ROOT = new_root(new_id()).public
MADE = new_invitation("https://team.example:8443/sync", ROOT.org, new_id(), ROOT.fingerprint)


def test_a_link_is_read_as_it_was_made() -> None:
    assert parsed(invitation.link(MADE)) == MADE
    assert parsed("  " + invitation.link(MADE)[:40] + "\n " + invitation.link(MADE)[40:]) == MADE


def test_an_app_may_open_it() -> None:
    plain = replace(MADE, url="https://team.example")
    fragment = invitation.link(plain).partition("#")[2]
    assert parsed(f"missive://join/team.example#{fragment}") == plain


def test_the_secret_stays_behind_the_hash_and_out_of_reprs() -> None:
    before, _, after = invitation.link(MADE).partition("#")
    assert before == "https://team.example:8443/sync/join"
    assert after.split(".")[3] not in repr(MADE)
    assert "secret" not in repr(MADE)


def test_what_is_derived_differs_and_is_always_the_same() -> None:
    device = MADE.device()
    assert len({MADE.auth, device.sign.seed, device.box.seed, MADE.secret}) == 4
    assert MADE.device().public == parsed(invitation.link(MADE)).device().public


@given(st.text(max_size=120))
def test_no_text_is_more_than_refused(text: str) -> None:
    with pytest.raises(BadLink):
        parsed(text)


@given(st.data())
def test_a_damaged_link_is_refused_or_another(data: st.DataObject) -> None:
    link = invitation.link(MADE)
    at = data.draw(st.integers(0, len(link) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    try:
        found = parsed(link[:at] + letter + link[at + 1 :])
    except BadLink as error:
        assert len(str(error)) > 20  # noqa: PT017 - a sentence
    else:
        assert found != MADE or letter == link[at] or letter.lower() == link[at]


def test_another_version_says_so() -> None:
    with pytest.raises(BadLink, match="newer version"):
        parsed(invitation.link(MADE).replace("#1.", "#2."))
    with pytest.raises(BadLink, match="piece"):
        parsed(invitation.link(replace(MADE, secret=b"short")))
