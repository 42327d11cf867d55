"""Devices that are no more: what they wrote stays their owner's, and nobody makes one up."""

import msgspec
import pytest
from tests.people import founded, somebody

from missive_desktop.domain.team import Intent
from missive_desktop.team import entering, organizing
from missive_desktop.team.keys import signing
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.identity import proof
from missive_wire.ids import new_id, org_scope


class Place:
    """Ana owns it, Eve is an admin, Ben a member. Each knows the directory."""

    def __init__(self):
        self.team, self.ana = founded()
        self.eve = self.team.member(self.ana, "admin")
        self.ben = self.team.member(self.ana, "member")
        for each in (self.ana, self.eve, self.ben):
            self.team.keys(each)

    def state(self, statement, t="member", op="put"):
        """Eve signs, and the server shows it."""
        cert = signing.by_device(self.team.roster(self.eve), self.eve.me, statement)
        header = {"user": self.ben.user, "cert": cert}
        name = statement.subject.partition(" ")[2]
        place = (org_scope(self.team.org), t, name)
        self.team.rows.pop(place, None)
        self.team.send([Intent("put", place[0], t, name, "", header)])


@pytest.fixture
def place():
    return Place()


def made_up(place, by):
    """A device that Ben never had, and what Eve can sign for it."""
    planted = new_device(new_id())
    proved = proof(by.me.identity, place.team.org, planted.id, planted.sign.public)
    return planted.id, planted.sign.public + proved


def test_an_admin_makes_up_no_device_of_who_is_removed_or_revoked(place):
    device, owned = made_up(place, place.eve)
    roster = place.team.roster(place.eve)
    gone = msgspec.structs.replace(signing.removed(roster, place.ben.user), former={device: owned})
    place.state(gone)
    for who in (place.ana, None):
        assert place.ben.user not in place.team.roster(who).members
        assert place.team.roster(who).author(device) is None
    place = Place()
    real = place.ben.me.device
    roster = place.team.roster(place.eve)
    ended = signing.revoked(roster, real.id)
    place.state(msgspec.structs.replace(ended, device=device, sign=owned[:32], proof=owned[32:]),
                "device")  # fmt: skip
    assert place.team.roster(place.ana).author(device) is None
    assert place.team.roster(place.ana).author(real.id).user == place.ben.user


@pytest.mark.parametrize("what", ["identity", "former"])
def test_an_admin_gives_nobody_another_identity(place, what):
    device, owned = made_up(place, place.eve)
    roster = place.team.roster(place.eve)
    before = roster.members[place.ben.user]
    other = {"identity": place.eve.me.identity.public} if what == "identity" else {
        "former": {device: owned}
    }  # fmt: skip
    place.state(msgspec.structs.replace(signing.changed(roster, place.ben.user, "guest"), **other))
    for who in (place.ana, None):
        now = place.team.roster(who)
        assert now.members[place.ben.user] == before
        assert now.author(device) is None
        assert "unsigned" in {each.kind for each in now.problems}


def test_what_somebody_wrote_stays_theirs_whatever_became_of_their_devices(place):
    """A device revoked, then all lost and brought back by the recovery key, then removed: who comes
    after that knows whose they were."""
    team, ana, ben = place.team, place.ana, place.ben
    first = ben.me.device.id
    again = somebody(team.org, ben.user)
    keys = [key for key in team.keys(ana).values() if key.scope == org_scope(team.org)]
    team.send(entering.recover(team.root, team.roster(ana), again.me, keys, {"name": "new"}))
    assert team.roster(ana).author(first).user == ben.user
    assert team.roster().author(first).user == ben.user
    team.send(organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), ben.user))
    newcomer = team.roster()
    assert ben.user not in newcomer.members
    for device in (first, again.me.device.id):
        assert newcomer.author(device).user == ben.user
