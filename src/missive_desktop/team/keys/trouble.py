"""What is wrong with something that came from the server, in words for people.

`Tampered` is reported; `NotYet` is waited for. Neither ever holds key material or contents.
"""

from __future__ import annotations

from missive_desktop.errors import KnownError, UsageError


class Tampered(KnownError):
    """It is not what a member made: the server, or somebody with its powers, changed it."""


class NotYet(KnownError):
    """What opens or proves it has not come yet."""


class KeyMissing(NotYet):
    """The key of this epoch has not come to this device."""


class AuthorUnknown(NotYet):
    """The device that signed it is not in the directory as far as it is here."""


class BadRecoveryKey(UsageError):
    """What was typed is no recovery key, or has a mistake in it."""


class BadLink(UsageError):
    """What was given is no invitation link."""
