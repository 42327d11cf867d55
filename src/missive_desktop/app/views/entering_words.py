"""What each step of coming into a team says: title, explanation, what its buttons do."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.presenters.entering import State, Step

_tr = QCoreApplication.translate
_PLACE = "EnteringScreen"


class Words(NamedTuple):
    """`go`: the button that goes on; `other`: another way; "" where there is none."""

    title: str
    text: str
    go: str = ""
    other: str = ""


def words(step: Step, state: State) -> Words:
    host = state.server.partition("://")[2]
    match step:
        case Step.JOIN:
            team = state.organization
            title = _tr(_PLACE, "Join {0}").format(team) if team else _tr(_PLACE, "Join a team")
            other = _tr(_PLACE, "I have a login there")
            return Words(title, _invited(state, host), _tr(_PLACE, "Join"), other)
        case Step.CREATE:
            text = _tr(
                _PLACE,
                "You will be its owner. The server at {0} keeps what your team shares, and can"
                " read none of it.",
            )
            return Words(_tr(_PLACE, "Create a team"), text.format(host), _tr(_PLACE, "Create"))
        case Step.LOGIN:
            text = _tr(_PLACE, "If this device is new, another one of yours has to let it in.")
            return Words(_tr(_PLACE, "Sign in to your team"), text, _tr(_PLACE, "Sign in"))
        case Step.CODE:
            text = _tr(_PLACE, "Type the six digits of your authenticator app, or a recovery code.")
            return Words(_tr(_PLACE, "Second factor"), text, _tr(_PLACE, "Go on"))
        case Step.APPROVAL:
            text = _tr(
                _PLACE,
                "On a device where you are signed in, open Settings, Login and security, and"
                " type this code. Nobody can read your team's mail here before that.",
            )
            other = _tr(_PLACE, "I have no other device")
            return Words(_tr(_PLACE, "Let this device in"), text, "", other)
        case Step.RECOVER:
            text = _tr(
                _PLACE,
                "The recovery key of the organization gives you a new identity. All your other"
                " devices are signed out.",
            )
            return Words(_tr(_PLACE, "Use the recovery key"), text, _tr(_PLACE, "Recover"))
        case Step.KEY | Step.PROVE:
            return _key(step)
        case _:
            text = _tr(
                _PLACE,
                "Paste the invitation that you were sent, or the set-up link of a new server. If"
                " you have a login, type the server's address.",
            )
            return Words(_tr(_PLACE, "Join or create a team"), text, _tr(_PLACE, "Go on"))


def _key(step: Step) -> Words:
    if step is Step.KEY:
        text = _tr(
            _PLACE,
            "Write it down and lock it away. It opens everything again when all devices are"
            " lost. It is shown this once and kept nowhere: not here, not on the server.",
        )
        done = _tr(_PLACE, "I have written it down")
        return Words(_tr(_PLACE, "Your recovery key"), text, done)
    text = _tr(_PLACE, "Type these two groups of your recovery key, from what you wrote down.")
    back = _tr(_PLACE, "Show it again")
    return Words(_tr(_PLACE, "Is it right?"), text, _tr(_PLACE, "Go on"), back)


def _invited(state: State, host: str) -> str:
    team = state.organization or _tr(_PLACE, "the team at {0}").format(host)
    if state.inviter:
        text = _tr(_PLACE, "{0} invites you to {1}, as {2}, with {3}.")
        text = text.format(state.inviter, team, role(state.role), _inboxes(state.spaces))
    else:
        text = _tr(_PLACE, "You are invited to {0}, as {1}, with {2}.")
        text = text.format(team, role(state.role), _inboxes(state.spaces))
    if state.organization:
        text += " " + _tr(_PLACE, "Its server is {0}.").format(host)
    return text


def role(name: str) -> str:
    """Return what somebody with a role is, in a sentence."""
    names = {
        "owner": _tr(_PLACE, "an owner"), "admin": _tr(_PLACE, "an admin"),
        "member": _tr(_PLACE, "a member"), "drafter": _tr(_PLACE, "a member who writes drafts"),
        "viewer": _tr(_PLACE, "a member who reads"), "guest": _tr(_PLACE, "a guest"),
    }  # fmt: skip
    return names.get(name, _tr(_PLACE, "a member"))


def _inboxes(count: int) -> str:
    if not count:
        return _tr(_PLACE, "no shared inbox yet")
    if count == 1:
        return _tr(_PLACE, "one shared inbox")
    return _tr(_PLACE, "{0} shared inboxes").format(count)


def fingerprint(state: State) -> str:
    """Return what the letters of an organization are for."""
    team = state.organization or _tr(_PLACE, "the team")
    text = _tr(
        _PLACE,
        "These letters stand for {0}. Who invited you sees the same under Members. If they differ,"
        " somebody has put another team in its place: do not join.",
    )
    return text.format(team)
