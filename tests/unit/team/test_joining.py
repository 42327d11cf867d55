"""Coming in: what a server answers that does not fit what it was asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from missive_desktop.errors import PeerBroken
from missive_desktop.team import joining
from missive_wire.entities import Type
from missive_wire.ids import new_id, org_scope
from missive_wire.mutation import MutateAnswer, Mutation


def test_answers_to_something_else_than_was_sent_are_the_servers_fault():
    org = new_id()
    grant = Mutation(1, "put", org_scope(org), Type.GRANT, new_id(), "grant.made")
    calls = SimpleNamespace(post=lambda *_, **__: MutateAnswer(1, ()))
    with pytest.raises(PeerBroken):
        joining._send(cast(Any, calls), joining.newcomer(org), [grant])
