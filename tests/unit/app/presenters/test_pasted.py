"""A link out of what was pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.app.presenters.entering import _is_link
from missive_desktop.app.presenters.pasted import link_in
from missive_desktop.team.keys import invitation
from missive_wire.ids import new_id

LINK = invitation.link(
    invitation.new_invitation("https://team.example", new_id(), new_id(), bytes(20))
)


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"  {LINK}\n",
        f"<{LINK}>.",
        f"Join us:\n{LINK[:50]}\r\n  {LINK[50:]}\n",
        f"“{LINK}”, said Ana",
        f"See https://example.org first, then {LINK} please",
    ],
)
def test_a_link_is_found_however_it_was_pasted(text):
    assert link_in(text, _is_link) == LINK


@given(st.text(max_size=200))
def test_what_is_no_link_is_taken_as_it_is(text):
    assert link_in(text, lambda _: False) == "".join(text.split())
