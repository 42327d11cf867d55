"""What devices say of the trail travels in their seals, and is taken once, as far as it goes."""

from missive_desktop.team.witness import SIZE, Claim, Witness, packed, unpacked
from missive_wire.ids import new_id, org_scope, space_scope

ORG, SCOPE = new_id(), space_scope(new_id())
ONE, TWO = Claim(5, 100, b"1" * 32), Claim(9, 200, b"2" * 32)


def test_a_claim_is_said_and_heard():
    ana, ben = Witness(), Witness()
    assert unpacked(ana.said(ORG, SCOPE)) == (Claim(), Claim())
    ana.followed(SCOPE, ONE)
    ana.followed(org_scope(ORG), TWO)
    said = ana.said(ORG, SCOPE)
    assert len(said) == SIZE
    assert unpacked(said) == (ONE, TWO)
    ben.heard(ORG, SCOPE, "ana's", said)
    ben.heard(ORG, SCOPE, "ana's", packed(Claim(3, 50, b"0" * 32), Claim()))  # an older one
    assert ben.due(SCOPE, 4) == {}
    assert ben.due(SCOPE, 5) == {"ana's": ONE}
    assert ben.due(SCOPE, 5) == {}
    assert ben.due(org_scope(ORG), 9) == {"ana's": TWO}


def test_nothing_that_is_said_does_harm():
    assert unpacked(b"short") == (Claim(), Claim())
