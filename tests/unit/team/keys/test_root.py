"""The recovery key: written down, typed back with every slip that hands make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.team.keys import fingerprints
from missive_desktop.team.keys.root import Root, new_root, read_back, written
from missive_desktop.team.keys.trouble import BadRecoveryKey
from missive_wire.ids import new_id

ORG = new_id()
SEEDS = st.binary(min_size=32, max_size=32)


@given(SEEDS)
def test_what_is_written_down_is_read_back(seed: bytes) -> None:
    root = Root(ORG, seed)
    assert read_back(ORG, written(root)) == root
    assert written(root).count(" ") == 13


@given(SEEDS, st.sampled_from([str.lower, str.upper, str.title]), st.sampled_from("- \t\n.,_"))
def test_case_spaces_and_look_alikes_do_not_matter(seed: bytes, case, between: str) -> None:
    text = written(Root(ORG, seed)).replace(" ", between)
    assert read_back(ORG, f" {case(text.replace('0', 'o').replace('1', 'l'))}\n").seed == seed


@given(SEEDS, st.integers(0, 55), st.sampled_from(fingerprints.letters()))
def test_a_wrong_letter_is_found_with_its_group(seed: bytes, at: int, letter: str) -> None:
    letters = written(Root(ORG, seed)).replace(" ", "")
    if letters[at] == letter:
        return
    with pytest.raises(BadRecoveryKey, match=rf"mistake.*group {at // 4 + 1}\b"):
        read_back(ORG, letters[:at] + letter + letters[at + 1 :])


def test_where_two_places_may_be_wrong_both_are_named() -> None:
    seed = bytes.fromhex("9af4e90eea5da83e9b24bb0300ea7f37b3732b567df7db755ccbbe8c98132f04")
    letters = written(Root(ORG, seed)).replace(" ", "")
    with pytest.raises(BadRecoveryKey, match=r"Look at group 4 or group 11\."):
        read_back(ORG, letters[:40] + "E" + letters[41:])


def test_two_letters_that_changed_places_are_found() -> None:
    letters = written(Root(ORG, bytes(range(32)))).replace(" ", "")
    at = next(k for k in range(20, 50) if letters[k] != letters[k + 1])
    with pytest.raises(BadRecoveryKey, match=rf"group {at // 4 + 1}\."):
        read_back(ORG, letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :])


@given(st.text(max_size=80))
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRecoveryKey):
        read_back(ORG, text)


def test_a_letter_that_no_key_has_is_named() -> None:
    with pytest.raises(BadRecoveryKey, match="Group 1 has a letter"):
        read_back(ORG, "U" * 56)
    with pytest.raises(BadRecoveryKey, match="these are 4"):
        read_back(ORG, "ABCD")


def test_the_fingerprint_is_of_this_organization() -> None:
    root = new_root(ORG)
    other = Root(new_id(), root.seed)
    assert root.public.fingerprint != other.public.fingerprint
    assert len(fingerprints.shown(root.public.fingerprint).split()) == 8


def test_private_halves_show_nothing_of_themselves() -> None:
    root = Root(ORG, b"\x07" * 32)
    assert "x07" not in repr([root, root.sign, root.box, root.public.org])
    assert root.sign.seed.hex() not in repr(root.sign)
