"""What becomes of a message that the server did not acknowledge."""

from __future__ import annotations

import pytest
from tests import factories

from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.errors import CertificateRefused, KnownError, Offline, PeerBroken, Refused
from missive_desktop.mail.smtp import Uncertain
from missive_desktop.store.outbox import OutboxRow
from missive_desktop.sync.outbox import after_failure

NOW = factories.NOON


def row(tries: int = 0, created: int = NOW) -> OutboxRow:
    return OutboxRow(
        1, 1, 1, "a@x", ("b@x",), "", "", Outgoing.SENDING, False, NOW, tries, "", None, 0,
        Flags(0), False, created,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "data_sent", "expected"),
    [
        (Offline("away"), False, Outgoing.QUEUED),
        (Offline("451 later"), True, Outgoing.QUEUED),  # the server said that it has it not
        (Uncertain("lost"), True, Outgoing.UNCERTAIN),
        (PeerBroken("what"), False, Outgoing.QUEUED),
        (PeerBroken("what"), True, Outgoing.UNCERTAIN),
        (Refused("no"), False, Outgoing.FAILED),
        (Refused("554 spam"), True, Outgoing.FAILED),
        (CertificateRefused("who"), False, Outgoing.FAILED),
    ],
)
def test_outcomes(error: KnownError, data_sent: bool, expected: Outgoing) -> None:
    state, not_before = after_failure(row(), error, data_sent, NOW, 0.5)
    assert state is expected
    assert (not_before is not None) is (expected is Outgoing.QUEUED)


def test_waits_grow_and_end() -> None:
    waits = []
    for tries in range(12):
        state, not_before = after_failure(row(tries), Offline("away"), False, NOW, 0.5)
        assert state is Outgoing.QUEUED
        assert not_before is not None
        waits.append(not_before - NOW)
    assert waits == sorted(waits)
    assert waits[-1] <= 901
    assert after_failure(row(99, NOW - 3 * 86_400), Offline("x"), False, NOW, 0.5)[0] is (
        Outgoing.FAILED
    )
