"""A mailbox that is handed over opens on its device, for its space, from an admin's hand alone."""

import msgspec
import pytest
from tests.factories import settings
from tests.people import founded

from missive_desktop.domain.serving import Handed
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.worker import handing
from missive_wire.ids import new_id, space_scope

SCOPE = space_scope(new_id())
WHAT = Handed(settings(), "secret")


@pytest.fixture
def team():
    return founded()


def row(intent, signed, **more):
    kept = EntityRow("mailbox", intent.id, "put", 5, 1, intent.h, bv=1, body=intent.body)
    return msgspec.structs.replace(kept, signed=signed, **more)


def test_it_opens_there_and_nowhere_else(team):
    team, ana = team
    ben = team.member(ana, "member")
    roster, device = team.roster(ana), new_device(new_id())
    made = handing.handed(SCOPE, device.id, device.box.public, WHAT)
    assert "secret" not in made.body

    def opened(row, key=device.box, scope=SCOPE, name=device.id):
        return handing.opened(row, roster, key, scope, name)

    mine = ana.me.device.id
    assert opened(row(made, mine)) == WHAT
    assert opened(row(made, new_id())) is None
    assert opened(row(made, ben.me.device.id, own=ana.user)) is None  # signed by no admin
    assert opened(row(made, mine), key=new_device(new_id()).box) is None
    assert opened(row(made, mine), scope=space_scope(new_id())) is None
    assert opened(row(made, mine), name=new_id()) is None
    assert opened(row(made, mine, body="[]")) is None
