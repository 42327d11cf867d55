"""Every request of the protocol has a handler that exists."""

from __future__ import annotations

import typing

import pytest

from missive_desktop.engine import dispatch
from missive_desktop.engine.protocol import (
    Act,
    AnyRequest,
    Ping,
    RetrySend,
    SendDraft,
    Shutdown,
    Sync,
)

REQUESTS = typing.get_args(AnyRequest)


def test_all_requests_are_handled():
    assert set(dispatch.HANDLERS) == set(REQUESTS) - {Ping, Shutdown}


@pytest.mark.parametrize("name", sorted(dispatch.HANDLERS.values()))
def test_handlers_exist(name):
    assert callable(dispatch.handler(name))


def test_long_work_does_not_hold_up_what_is_ordered():
    assert dispatch.is_ordered(Act(kind="read"))
    assert dispatch.is_ordered(SendDraft(draft=1))
    assert not dispatch.is_ordered(SendDraft(draft=1, wait=True))
    assert not dispatch.is_ordered(RetrySend(outbox=1, wait=True))
    assert not dispatch.is_ordered(Sync())
