"""The client comes into organizations on a real server: made, joined, approved, recovered.

And nothing that opens a key ever reaches that server.
"""

from __future__ import annotations

import pytest
from tests.servers.organization import PASSWORD, Member, Office

from missive_desktop.errors import KnownError, LoginRefused, UsageError
from missive_desktop.team import entering, joining, login, organizing
from missive_desktop.team.calls import Problems, SignedOut
from missive_desktop.team.keys import approval, invitation, ring
from missive_desktop.team.keys import root as roots
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.invitation import Invitation
from missive_wire.entities import Type
from missive_wire.ids import new_id, org_scope, space_scope, user_scope


def test_an_owner_makes_an_organization_and_reads_what_they_brought(office: Office) -> None:
    owner, root = office.founded("ana1@example.com")
    roster = owner.roster(root.public.fingerprint)
    assert roster.problems == ()
    assert roster.role(owner.me.user) == "owner"
    assert [each.id for each in roster.devices_of(owner.me.user)] == [owner.me.device.id]
    assert login.me(owner.calls).state == "approved"
    assert owner.sign_in().st == "in"


def test_a_newcomer_reads_organization_and_spaces_at_once(office: Office) -> None:
    owner, root = office.founded("ana2@example.com")
    fingerprint = root.public.fingerprint
    space = owner.space(fingerprint)
    ben = office.joined(owner.invited(fingerprint, (space,)), "ben2@example.com")
    for scope in (org_scope(ben.me.org), space_scope(space)):
        assert ben.key(scope).key == owner.key(scope).key
    assert user_scope(ben.me.user) in {scope for scope, _ in ben.keys}
    roster = ben.roster(fingerprint, space)
    assert roster.problems == ()
    assert roster.role(ben.me.user, space) == "member"
    # and from the grants alone, as after a restart:
    rows = joining.rows_of(ben.calls, ben.me, space_scope(space), (Type.GRANT,))
    again = ring.collected(roster, space_scope(space), entering.grant_records(rows), ben.me.device)
    assert again.current == owner.key(space_scope(space))


def test_a_space_that_was_deleted_since_is_left_out(office: Office) -> None:
    owner, root = office.founded("ana2b@example.com")
    fingerprint = root.public.fingerprint
    kept, gone = owner.space(fingerprint), owner.space(fingerprint)
    link = owner.invited(fingerprint, (kept, gone))
    owner.do(organizing.delete_space(owner.me, gone))
    ben = office.joined(link, "ben2b@example.com")
    assert ben.key(space_scope(kept)) == owner.key(space_scope(kept))
    with pytest.raises(Problems):
        joining.rows_of(ben.calls, ben.me, space_scope(gone), (Type.SEAT,))


def test_a_link_counts_once_and_only_whole(office: Office) -> None:
    owner, root = office.founded("ana3@example.com")
    link = owner.invited(root.public.fingerprint)
    parsed = invitation.parsed(link)
    stranger = Member(office, "x3@example.com", joining.newcomer(parsed.org))
    guessed = Invitation(parsed.url, parsed.org, parsed.invite, b"g" * 20, parsed.root)
    with pytest.raises(Problems) as refused:
        joining.look(stranger.calls, guessed)
    assert refused.value.code == "gone"
    office.joined(link, "ben3@example.com")
    with pytest.raises(Problems) as refused:
        office.joined(link, "thief3@example.com")
    assert refused.value.code == "gone"


def test_a_server_that_shows_another_organization_is_found_out(office: Office) -> None:
    owner, root = office.founded("ana4@example.com")
    parsed = invitation.parsed(owner.invited(root.public.fingerprint))
    other = Invitation(parsed.url, parsed.org, parsed.invite, parsed.secret, b"f" * 20)
    stranger = Member(office, "x4@example.com", joining.newcomer(parsed.org))
    with pytest.raises(KnownError):
        joining.look(stranger.calls, other)


def test_wrong_passwords_and_weak_ones_are_refused(office: Office) -> None:
    owner, _ = office.founded("ana5@example.com")
    owner.password = "not the passphrase"
    with pytest.raises(LoginRefused):
        owner.sign_in()
    for weak in ("short", "ana5@example.com", "aaaaaaaaaaaaaaaa"):
        with pytest.raises(UsageError):
            login.change_password(owner.calls, owner.email, PASSWORD, weak)
    login.change_password(owner.calls, owner.email, PASSWORD, "another passphrase")
    owner.password = "another passphrase"
    assert owner.sign_in().st == "in"


def test_who_signs_out_is_out(office: Office) -> None:
    owner, _ = office.founded("ana6@example.com")
    login.sign_out(owner.calls)
    with pytest.raises(SignedOut):
        login.me(owner.calls)


def test_a_further_device_is_let_in_by_its_code(office: Office) -> None:
    owner, root = office.founded("ana7@example.com")
    device = new_device(new_id())
    answer = owner.sign_in(device=device)
    assert answer.device == "pending"
    second = office.calls(lambda: answer.token)
    code = approval.new_code(owner.me.user, device.public)
    owner.sign_in(device=new_device(new_id()))  # somebody else who knows the password waits, too
    with pytest.raises(Problems):
        login.sessions(second)
    found = joining.waiting(owner.calls, code, owner.me.user)
    assert found == device.public
    roster = owner.roster(root.public.fingerprint)
    keys = {scope: owner.key(scope) for scope, _ in owner.keys}
    body = {"name": "Laptop"}
    owner.do(organizing.approve_device(roster, owner.me, keys, found, code, body))
    me = login.me(second)
    assert me.state == "approved"
    identity, handover = approval.received(code, owner.me.user, device, me.welcome)
    assert identity == owner.me.identity
    assert handover.root.fingerprint == root.public.fingerprint
    assert len(login.devices(second)) == 3
    login.revoke_device(owner.calls, device.id)
    with pytest.raises(SignedOut):
        login.me(second)


def test_a_code_of_another_device_lets_nobody_in(office: Office) -> None:
    owner, _ = office.founded("ana8@example.com")
    code = approval.new_code(owner.me.user, new_device(new_id()).public)
    with pytest.raises(KnownError):
        joining.waiting(owner.calls, code, owner.me.user)


def test_with_the_recovery_key_alone_one_comes_back(office: Office) -> None:
    owner, root = office.founded("ana9@example.com")
    fingerprint = root.public.fingerprint
    space = owner.space(fingerprint)
    before = owner.key(space_scope(space))
    device = new_device(new_id())
    answer = owner.sign_in(device=device)
    calls = office.calls(lambda: answer.token)
    words = roots.written(root)
    other = roots.written(roots.new_root(owner.me.org))
    with pytest.raises(KnownError):
        joining.recover(calls, owner.me.org, owner.me.user, device, other)
    back = joining.recover(calls, owner.me.org, owner.me.user, device, words.lower())
    assert back.fingerprint == fingerprint
    assert before in back.keys
    assert max(each.epoch for each in back.keys if each.scope == space_scope(space)) == 2
    again = Member(office, owner.email, back.me, answer.token)
    roster = again.roster(fingerprint, space)
    assert roster.members[owner.me.user].identity == back.me.identity.public
    assert [each.id for each in roster.devices_of(owner.me.user)] == [device.id]
