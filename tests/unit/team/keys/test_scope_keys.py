"""Grant records: what one device gives, the others open, and nobody else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.team.keys import scope_keys
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.trouble import KeyMissing, Tampered
from missive_wire import headers
from missive_wire.ids import new_id, space_scope

SCOPE = space_scope(new_id())
ANA, BEN, EVE = (new_device(new_id()) for _ in range(3))
ONE, TWO = scope_keys.new_key(SCOPE), scope_keys.new_key(SCOPE, 2)


def record(key=TWO, before=ONE) -> scope_keys.Grant:
    header = scope_keys.granted(key, [ANA.public, BEN.public], ANA, 4, before)
    assert headers.wrong("grant", header) == ""
    found = scope_keys.read(SCOPE, header)
    assert found is not None
    return found


def test_the_key_and_the_one_before_are_had_by_those_named() -> None:
    grant = record()
    assert scope_keys.proven(grant, ANA.sign.public)
    assert scope_keys.opened(grant, BEN) == TWO
    assert scope_keys.earlier(grant, TWO, ONE.confirm) == ONE
    with pytest.raises(KeyMissing):
        scope_keys.opened(grant, EVE)
    assert scope_keys.earlier(record(before=None), TWO) is None


def test_only_the_signer_proves_it() -> None:
    grant = record()
    assert not scope_keys.proven(grant, EVE.sign.public)
    assert not scope_keys.proven(grant, None)
    assert not scope_keys.proven(replace(grant, keys={}), ANA.sign.public)
    assert not scope_keys.proven(replace(grant, scope=space_scope(new_id())), ANA.sign.public)


def test_boxes_that_changed_places_do_not_open() -> None:
    grant = record()
    swapped = replace(grant, keys={ANA.id: grant.keys[BEN.id], BEN.id: grant.keys[ANA.id]})
    with pytest.raises(Tampered):
        scope_keys.opened(swapped, BEN)


def test_back_leads_to_the_right_key_or_nowhere() -> None:
    grant = record()
    with pytest.raises(Tampered, match="somebody else"):
        scope_keys.earlier(grant, TWO, TWO.confirm)
    with pytest.raises(Tampered):
        scope_keys.earlier(grant, scope_keys.new_key(SCOPE, 2))
    with pytest.raises(Tampered):
        scope_keys.earlier(replace(grant, back=b"x" * 72), TWO)


@given(st.binary(max_size=120))
def test_no_box_is_more_than_refused(box: bytes) -> None:
    with pytest.raises(Tampered):
        scope_keys.opened(replace(record(), keys={BEN.id: box}), BEN)


@given(
    st.dictionaries(
        st.sampled_from(["epoch", "keys", "back", "confirm", "sig", "by", "n"]),
        st.none() | st.integers() | st.text(max_size=9) | st.dictionaries(st.text(), st.text()),
    )
)
def test_no_header_is_more_than_passed_over(header: dict) -> None:
    assert scope_keys.read(SCOPE, header) is None or {"epoch", "keys"} <= set(header)


def test_keys_show_nothing_of_themselves() -> None:
    assert ONE.key.hex() not in repr(ONE)
    assert repr(ONE.key) not in repr([ONE, ANA, record()])
    assert repr(ANA.sign.seed) not in repr(ANA)


def test_the_first_record_of_an_epoch_has_one_id() -> None:
    assert scope_keys.grant_id(SCOPE, 2) == scope_keys.grant_id(SCOPE, 2)
    assert len({scope_keys.grant_id(SCOPE, e, p) for e in (1, 2, 12) for p in (0, 1, 2)}) == 9
