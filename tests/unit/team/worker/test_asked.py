"""A mail leaves only if who may asked for it: by a signature, not by the server's word."""

import msgspec
import pytest
from tests.people import founded

from missive_desktop.domain.spaces import MessageBody, SendBody
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import organizing
from missive_desktop.team.worker import asked
from missive_wire.ids import new_id

BODY = SendBody(MessageBody(key="k", hash="h"), "help@example.com", ("cara@example.org",))


@pytest.fixture
def team():
    return founded()


def row(person, **more):
    header = {"st": "requested", "blob": "b" * 64}
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
    assert "not complete" in refusal(ben, SendBody(MessageBody(key="k"), "", ("c@example.org",)))
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
