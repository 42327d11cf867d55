"""The error tree of the server; `str()` is a plain sentence that may be shown to anybody.

Error
├── Problem              a request that is not served; the codes are those of `missive_wire.routes`
│   ├── BadRequest       400  it makes no sense
│   ├── SignedOut        401  no session, or it has ended
│   ├── Forbidden        403  not this person's to do
│   ├── NotFound         404  nothing there, or nothing that this person may know of
│   ├── NotAllowed       405  not with this method
│   ├── TooSlow          408  the request did not arrive in time
│   ├── Conflict         409  it does not fit what is there
│   ├── Gap              409  a `mid` was skipped; `last_mid` says the last one known
│   ├── Reset            410  a cursor of another epoch: begin the scope anew
│   ├── TooLarge         413
│   ├── WrongType        415  not JSON, or not bytes
│   ├── OutOfRange       416
│   ├── Mismatch         422  bytes that do not have the hash that names them
│   ├── TooOld           426  speaks a protocol that the server has left behind
│   ├── TooMany          429  too often: `retry` says when again
│   ├── Busy             503  nothing was done: `retry` says when again
│   │   └── Restored     503  only owners get in since the restore of a backup
│   └── Full             507  no room left for this organization, or on the disk
├── Trouble              the environment is at fault: database, disk, storage, bus
└── UsageError           a setting or command makes no sense: exit code 2

Everything else that is raised is a bug: the log has it, the answer says nothing of it.
"""

from __future__ import annotations


class Error(Exception):
    """Base of all errors that the server raises on purpose."""


class UsageError(Error):
    """A setting or a command makes no sense."""


class Trouble(Error):
    """What the server stands on does not work just now."""


class Problem(Error):
    """Answered with `status`; `code` is for programs, the sentence for people."""

    status = 400
    code = "malformed"
    words = "The request makes no sense."
    retry = 0.0  # seconds after which to come again; 0: it would be the same

    def __init__(self, words: str = "", *, retry: float = 0.0, code: str = "") -> None:
        super().__init__(words or self.words)
        self.retry = retry or self.retry
        self.code = code or self.code


class BadRequest(Problem):
    pass


class SignedOut(Problem):
    status, code = 401, "unauthorized"
    words = "You are not signed in, or the session has ended."


class Forbidden(Problem):
    status, code = 403, "forbidden"
    words = "You may not do this."


class NotFound(Problem):
    status, code = 404, "missing"
    words = "There is nothing here."


class NotAllowed(Problem):
    status, code = 405, "method"
    words = "This cannot be asked in this way."


class TooSlow(Problem):
    status, code = 408, "too_slow"
    words = "The request took too long to arrive."


class Conflict(Problem):
    status, code = 409, "conflict"
    words = "This does not fit what is there."


class Gap(Problem):
    status, code = 409, "gap"
    words = "Something before this is missing."

    def __init__(self, last_mid: int) -> None:
        super().__init__()
        self.last_mid = last_mid


class Reset(Problem):
    status, code = 410, "reset"
    words = "This has begun anew since. Please read it from the start."


class TooLarge(Problem):
    status, code = 413, "too_large"
    words = "This is too large."


class WrongType(Problem):
    status = 415
    words = "The content has the wrong type."


class OutOfRange(Problem):
    status, code = 416, "range"
    words = "There are no such bytes."


class Mismatch(Problem):
    status, code = 422, "mismatch"
    words = "The bytes that arrived are not those that were announced."


class TooOld(Problem):
    status, code = 426, "upgrade"
    words = "This program is too old for the server. Please update it."


class TooMany(Problem):
    status, code = 429, "slow_down"
    words = "Too many requests. Please wait a moment."
    retry = 1.0


class Busy(Problem):
    status, code = 503, "busy"
    words = "The server is busy. Nothing was changed; please try again."
    retry = 1.0


class Restored(Busy):
    """Who was removed since the backup is a member again, until an owner's program says so."""

    code = "wait"
    words = "The server went back to a backup, and waits for an owner of the organization."
    retry = 15.0


class Full(Problem):
    status, code = 507, "full"
    words = "There is no room left."
