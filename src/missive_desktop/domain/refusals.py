"""Why a team's server did not take a change, in words for people. Pure."""

from __future__ import annotations

from missive_desktop.domain.team import PendingState

_WORDS = {
    "not in this role": "Your role does not allow it.",
    "too many of them": "There are as many of them as there can be. Remove some first.",
    "not for you": "You may not do this.",
    "only your own": "It is somebody else's.",
    "only an owner": "Only an owner may do this.",
}
_STATES = {
    PendingState.CONFLICT: "Somebody else changed it meanwhile.",
    PendingState.GONE: "It is no longer there.",
    PendingState.DENIED: "You may not do this.",
}


def words(state: PendingState, why: str) -> str:
    known = _WORDS.get(why) or (why if why[:1].isupper() else "")
    return known or _STATES.get(state, "The team's server did not take it.")
