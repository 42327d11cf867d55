"""The error tree. Whose fault it is stands in the type.

Error
├── KnownError              the world is at fault; shown to the user in plain words
│   ├── Offline             no connection, it broke, or it timed out: try again later
│   ├── Refused             the peer understood and said no (login, command, recipient)
│   │   └── LoginRefused    wrong password, expired token
│   ├── CertificateRefused  the peer could not prove who it is
│   ├── PeerBroken          the peer broke the protocol
│   ├── DiskTrouble         full, read-only, damaged, or locked by another program
│   ├── StoreLocked         the store cannot be opened with the key at hand
│   ├── AlreadyRunning      another engine has this profile: connect to that one
│   ├── EngineGone          the mail engine died or hangs: start it again
│   └── Cancelled           the user asked to stop
└── UsageError              the caller asked for something that makes no sense

Everything else that is raised is a bug: it is never wrapped, and reaches the crash log whole.
Foreign exceptions are translated in the one module that imports the foreign library.
"""

from __future__ import annotations

import errno

_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Error(Exception):
    """Base of all errors that the program raises on purpose; `str()` is a plain sentence."""


class KnownError(Error):
    """The environment is at fault. `advice` says what to try, as a sentence, or is empty."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class Offline(KnownError):
    """No connection, or it was lost: worth another try."""


class Refused(KnownError):
    """The peer said no."""


class LoginRefused(Refused):
    """The peer does not accept these credentials."""


class CertificateRefused(KnownError):
    """The peer's certificate cannot be trusted."""


class PeerBroken(KnownError):
    """The peer broke the protocol."""


class DiskTrouble(KnownError):
    """The disk is full, read-only or damaged."""


class StoreLocked(KnownError):
    """The store cannot be opened with the key at hand."""


class AlreadyRunning(KnownError):
    """Another engine holds the profile."""


class EngineGone(KnownError):
    """The mail engine ended or does not answer; what it acknowledged is kept."""


class Cancelled(KnownError):
    """The user asked to stop."""


class UsageError(Error):
    """The request makes no sense: exit code 2, or a hint beside the field."""


def disk_trouble(error: OSError) -> DiskTrouble:
    """Say in plain words what the operating system could not do."""
    if error.errno in _NO_SPACE:
        return DiskTrouble("The disk is full.", "Free some space; what was saved is safe.")
    if error.errno == errno.EROFS:
        return DiskTrouble("The disk is read-only.", "Check the disk and the folder's rights.")
    reason = error.strerror or type(error).__name__
    return DiskTrouble(f"The disk refused: {reason}.", "Check the disk and the folder's rights.")
