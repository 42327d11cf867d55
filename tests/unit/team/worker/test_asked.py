"""A mail leaves only if who may asked for it: by a signature, not by the server's word."""

import msgspec
import pytest
from tests.people import founded

from missive_desktop.domain.spaces import MessageBody, SendBody
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import organizing
from missive_desktop.team.worker import asked
from missive_wire.ids import new_id

CONV = new_id()
BODY = SendBody(
    MessageBody(key="k", hash="h"), "help@example.com", ("cara@example.org",), conv=CONV,
    due=50_000, undo=10_000,
)  # fmt: skip


@pytest.fixture
def team():
    return founded()


def row(person, **more):
    header = {"st": "requested", "blob": "b" * 64, "conv": CONV, "due": 50_000}
    kept = EntityRow("send", new_id(), "put", 5, 1, header, bv=2, body="{}", own=new_id())
    return msgspec.structs.replace(kept, **({"signed": person.me.device.id} | more))


def test_who_may_send_is_who_signed(team):
    team, ana = team
    space = team.space(ana)
    ben, eve = team.member(ana, "member", [space]), team.member(ana, "viewer", [space])
    other = team.member(ana, "member")

    def refusal(asking, body=BODY, **more):
        return asked.refusal(team.roster(ana), space, row(asking, **more), body)

    assert refusal(ana) == refusal(ben) == ""
    assert "may not send" in refusal(eve, own=ana.user)  # the server says that Ana asked
    assert "may not send" in refusal(other)  # has no seat there
    assert "not in the directory" in refusal(ben, signed=new_id())
    assert "not complete" in refusal(ben, signed="")
    assert "not complete" in refusal(ben, op="del")
    assert "not complete" in refusal(ben, msgspec.structs.replace(BODY, recipients=()))
    assert "not complete" in refusal(
        ben, msgspec.structs.replace(BODY, envelope=MessageBody(key="k"))
    )
    assert "asked for it again" in refusal(ben, msgspec.structs.replace(BODY, error="550"))
    assert asked.refusal(team.roster(ana), space, None, BODY)


def test_who_was_removed_and_kept_the_keys_has_nothing_sent(team):
    team, ana = team
    space = team.space(ana)
    ben, roster = team.member(ana, "member", [space]), team.roster(ana)
    said = row(ben)
    assert asked.refusal(roster, space, said, BODY) == ""
    team.send(organizing.remove_member(roster, ana.me, team.keys(ana), ben.user))
    assert "not in the directory" in asked.refusal(team.roster(ana), space, said, BODY)


def test_what_the_server_alters_is_not_sent():
    team, ana = founded()
    space = team.space(ana)
    roster = team.roster(ana)

    def refusal(**more):
        said = row(ana)
        return asked.refusal(roster, space, msgspec.structs.replace(said, h=said.h | more), BODY)

    assert refusal() == refusal(due=60_000) == refusal(close=False) == ""
    for altered in ({"due": 49_999}, {"due": "soon"}, {"close": True}, {"conv": new_id()}):
        assert "something else" in refusal(**altered)
    closing = msgspec.structs.replace(BODY, close=True)
    assert "something else" in asked.refusal(roster, space, row(ana), closing)


def test_no_server_cuts_short_the_time_in_which_it_may_be_taken_back():
    assert asked.wait(50_000, BODY, 40_000, 0.0) == 10.0
    assert asked.wait(10_000, BODY, 40_000, 0.0) == 10.0  # it says: sooner
    assert asked.wait(50_000, BODY, 90_000, 4.0) == 6.0  # it sets its clock forward
    assert asked.wait(50_000, BODY, 90_000, 10.0) == 0.0
    assert asked.wait(80_000, BODY, 40_000, 0.0) == 40.0  # later is no harm
    much_later = msgspec.structs.replace(BODY, undo=10**9)
    assert asked.wait(50_000, much_later, 90_000, 0.0) == 120.0  # not by a day after each start
