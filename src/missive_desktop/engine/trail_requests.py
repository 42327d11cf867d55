"""Requests on a team's trail: verified, read back, taken out as a file; and erasing for good."""

from __future__ import annotations

from missive_desktop.engine.request import Request


class VerifyTrail(Request, frozen=True):
    """Verify all of the trail that one may read → {"counts": {scope: entries},
    "findings": [[kind, scope, words], …], "before": what was found earlier, [[when, kind, scope,
    words, epoch of the restore that would explain it or ""], …], "restores": [{"epoch", "at",
    "made": of the backup, "by": who accepted it or "", "on": when}, …], "at": of the last
    checkpoint, "code": to compare}."""

    team: int


class AcceptRestore(Request, frozen=True):
    """For owners and admins: say for all that the server was restored, as it says → {}."""

    team: int
    epoch: str
    at: int
    made: int


class ReadTrail(Request, frozen=True):
    """Have the trail here back to a time (unix milliseconds; 0: all of it) → {}."""

    team: int
    since: int = 0


class ReadDeleted(Request, frozen=True):
    """For owners and admins: the trail of a deleted space, the newest first → {"events": [Event as
    of store.team_trail, …], "wrong": what is wrong with it, or ""}."""

    team: int
    scope: str


class FollowTrail(Request, frozen=True):
    """Have here what the trail says of a conversation, until now → {}. Offline: Offline."""

    conversation: int


class ExportTrail(Request, frozen=True):
    """Write the trail and what it is signed with into a new file → {"entries": int}."""

    team: int
    path: str


class NoteExport(Request, frozen=True):
    """Mail of shared inboxes is being taken out as files: by account, how many → {}."""

    counts: dict[int, int]


class Erase(Request, frozen=True):
    """Erase for good what a conversation holds, or what the directory has of somebody who was
    removed → {"erased": int}."""

    team: int
    conversation: int = 0
    user: str = ""


class ListUnpurged(Request, frozen=True):
    """→ {"open": [{"user", "device", "scope", "since", "seen"}, …]}: devices that have not said
    yet that they removed what was taken away."""

    team: int


TrailRequest = (
    VerifyTrail
    | AcceptRestore
    | ReadTrail
    | ReadDeleted
    | FollowTrail
    | ExportTrail
    | NoteExport
    | Erase
    | ListUnpurged
)
