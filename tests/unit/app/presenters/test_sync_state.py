from __future__ import annotations

import pytest

from missive_desktop.app.presenters.sync_state import (
    AccountSync,
    FolderState,
    Overall,
    summarize,
)
from missive_desktop.domain.account import AccountState


def account(state: AccountState, stored: int = 5, on_server: int = 5) -> AccountSync:
    return AccountSync(
        1, "a@example.org", state, "", (FolderState("INBOX", stored, on_server, ""),)
    )


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        ([], Overall.EMPTY),
        ([AccountState.READY], Overall.UP_TO_DATE),
        ([AccountState.READY, AccountState.OFFLINE], Overall.OFFLINE),
        ([AccountState.OFFLINE, AccountState.SYNCING], Overall.SYNCING),
        ([AccountState.SYNCING, AccountState.FAILED], Overall.FAILED),
        ([AccountState.FAILED, AccountState.REFUSED], Overall.SIGN_IN),
    ],
)
def test_what_needs_the_user_comes_first(states, overall):
    assert summarize([account(state) for state in states]).overall is overall


def test_progress_counts_the_accounts_that_sync():
    state = summarize([account(AccountState.SYNCING, 3, 10), account(AccountState.READY)])
    assert (state.done, state.total) == (3, 10)


def test_a_stopped_engine_is_said_before_all():
    assert summarize([account(AccountState.REFUSED)], stopped=True).overall is Overall.STOPPED
