"""Serving a shared inbox from the mailbox behind it: settings, states, where mail lies. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from missive_desktop.domain.account import AccountSettings


class Options(msgspec.Struct, frozen=True):
    """How a mailbox follows its space."""

    archive_closed: bool = False  # else the mail of closed conversations stays where it lies


class Serving(StrEnum):
    """How the serving of a space goes on this device."""

    WAITING = "waiting"  # nothing was heard of the server yet
    SERVING = "serving"
    STANDBY = "standby"  # another device serves it
    OFFLINE = "offline"
    FAILED = "failed"


class Lies(StrEnum):
    """Where the mail of a conversation lies in the mailbox."""

    UNKNOWN = ""
    INBOX = "inbox"
    ASIDE = "aside"  # filed: the archive, or a folder of somebody's own
    TRASH = "trash"
    SPAM = "spam"


class Handed(msgspec.Struct, frozen=True):
    """What another device needs to serve a mailbox; travels sealed to that device alone."""

    settings: AccountSettings
    secret: str
    options: Options = Options()

    def __repr__(self) -> str:
        return "Handed(…)"
