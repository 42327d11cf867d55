"""A server that leads round in circles, or on without an end, is left alone for a while."""

import pytest

from missive_desktop.errors import PeerBroken
from missive_desktop.team import patience
from missive_desktop.team.patience import Patience


def test_a_scope_is_begun_anew_only_so_often():
    now = [0.0]
    kept = Patience(lambda: now[0])
    for _ in range(30):
        kept.anew("s:one")
        now[0] += 1
    with pytest.raises(PeerBroken, match="again and again"):
        kept.anew("s:one")
    kept.anew("s:two")
    now[0] += 600
    kept.anew("s:one")


def test_more_that_never_comes_is_not_waited_for():
    still = patience.moved(patience.moved(0, on=False), on=False)
    assert patience.moved(still, on=True) == 0
    with pytest.raises(PeerBroken, match="does not send it"):
        patience.moved(still, on=False)


def test_history_leads_down():
    patience.down(0, 50, done=False)
    patience.down(50, 49, done=False)
    patience.down(50, 50, done=True)
    with pytest.raises(PeerBroken):
        patience.down(50, 50, done=False)
