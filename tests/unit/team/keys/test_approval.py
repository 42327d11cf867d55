"""A further device: the code binds its keys, and what is handed over opens with the code alone."""

import pytest

from missive_desktop.errors import UsageError
from missive_desktop.team.keys import approval
from missive_desktop.team.keys.device import DeviceKeys, new_device
from missive_desktop.team.keys.identity import new_identity
from missive_desktop.team.keys.root import new_root
from missive_desktop.team.keys.trouble import Tampered
from missive_wire.ids import new_id

ROOT, IDENTITY, DEVICE = new_root(new_id()).public, new_identity(new_id()), new_device(new_id())
USER = IDENTITY.user


def handed(code: str, device: DeviceKeys = DEVICE) -> str:
    given = approval.handover(ROOT, IDENTITY, device.public, 9, (("member x", 3),))
    return approval.handed_over(code, given, device.public)


def test_the_new_device_gets_identity_root_and_memory() -> None:
    code = approval.new_code(USER, DEVICE.public)
    assert [len(group) for group in code.split()] == [5] * 6
    typed = code.replace(" ", "-")
    identity, handover = approval.received(code, USER, DEVICE, handed(typed))
    assert identity == IDENTITY
    assert (handover.root, handover.clock, handover.gone) == (ROOT, 9, (("member x", 3),))
    assert "identity" not in repr(handover)


def test_keys_that_the_server_swapped_do_not_fit_the_code() -> None:
    code = approval.new_code(USER, DEVICE.public)
    planted = new_device(DEVICE.id)
    with pytest.raises(Tampered, match="does not belong"):
        handed(code, planted)


def test_a_handover_by_the_server_does_not_open() -> None:
    code = approval.new_code(USER, DEVICE.public)
    other = approval.new_code(USER, DEVICE.public)
    with pytest.raises(Tampered, match="not come from your other device"):
        approval.received(code, USER, DEVICE, handed(other))
    with pytest.raises(Tampered):
        approval.received(code, USER, DEVICE, "no base64!")
    with pytest.raises(Tampered):
        approval.received(code, new_id(), DEVICE, handed(code))
    with pytest.raises(Tampered):
        approval.received(code, USER, new_device(DEVICE.id), handed(code))


def test_a_code_with_a_slip_is_refused() -> None:
    code = approval.new_code(USER, DEVICE.public)
    slipped = code[:-1] + str((int(code[-1]) + 1) % 10)
    with pytest.raises(Tampered):
        approval.check(slipped, USER, DEVICE.public)
    with pytest.raises(UsageError, match="six groups"):
        approval.check(code[:-1], USER, DEVICE.public)
