"""Bodies: what is sealed for a place opens there and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.scope_keys import ScopeKey, new_key
from missive_desktop.team.keys.sealing import Author, Place, open_, seal
from missive_desktop.team.keys.trouble import AuthorUnknown, KeyMissing, Tampered
from missive_wire.ids import new_id, space_scope

DEVICE, MALLORY = new_device(new_id()), new_device(new_id())
ORG, USER, SCOPE = new_id(), new_id(), space_scope(new_id())
KEY = new_key(SCOPE, 3)
PLACE = Place(ORG, SCOPE, "comment", new_id(), 3, 1)
AUTHOR = Author(USER, DEVICE.id, DEVICE.sign.public)


def authors(device: str) -> Author | None:
    return AUTHOR if device == DEVICE.id else None


@given(st.binary(max_size=2000))
def test_what_is_sealed_is_opened(content: bytes) -> None:
    sealed = seal(KEY, DEVICE, PLACE, content)
    assert open_(KEY, authors, PLACE, sealed)[:2] == (content, AUTHOR)


@pytest.mark.parametrize(
    "elsewhere",
    [
        PLACE._replace(org=new_id()),
        PLACE._replace(t="task"),
        PLACE._replace(id=new_id()),
        PLACE._replace(bv=2),
    ],
)
def test_in_another_place_or_version_it_does_not_open(elsewhere: Place) -> None:
    sealed = seal(KEY, DEVICE, PLACE, b"text")
    with pytest.raises(Tampered, match="changed, moved, or is older"):
        open_(KEY, authors, elsewhere, sealed)


def test_under_another_scope_or_epoch_it_does_not_open() -> None:
    sealed = seal(KEY, DEVICE, PLACE, b"text")
    other = space_scope(new_id())
    for key in (ScopeKey(other, 3, KEY.key), ScopeKey(SCOPE, 4, KEY.key), new_key(SCOPE, 3)):
        place = PLACE._replace(scope=key.scope, k=key.epoch)
        with pytest.raises(Tampered):
            open_(key, authors, place, sealed)
    with pytest.raises(ValueError, match="another scope"):
        open_(ScopeKey(other, 3, KEY.key), authors, PLACE, sealed)


@given(st.data())
def test_no_changed_bit_passes(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, DEVICE, PLACE, b"a comment"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        open_(KEY, authors, PLACE, bytes(sealed))


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_refused(sealed: bytes) -> None:
    with pytest.raises(Tampered):
        open_(KEY, authors, PLACE, sealed)


def test_a_member_cannot_write_in_anothers_name() -> None:
    """Who has the key seals under their own device, and puts another's id inside."""
    borrowed = type(MALLORY)(DEVICE.id, MALLORY.sign, MALLORY.box)
    with pytest.raises(Tampered, match="somebody else"):
        open_(KEY, authors, PLACE, seal(KEY, borrowed, PLACE, b"I resign."))


def test_what_is_not_here_yet_is_waited_for() -> None:
    with pytest.raises(KeyMissing):
        open_(None, authors, PLACE, b"")
    with pytest.raises(AuthorUnknown):
        open_(KEY, authors, PLACE, seal(KEY, MALLORY, PLACE, b"text"))
