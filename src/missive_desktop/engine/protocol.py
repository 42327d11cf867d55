"""What the engine and its clients (window, command line) say to each other.

A frame is a 4-byte big-endian length and msgspec JSON. The engine greets each client with
`Answer(0, {"pid", "version"})`, or with the error for which it cannot run. A client sends
`Call(id, request)`; the engine answers `Answer(id, …)` once, and sends notices at any time: kinds
and ids, never content. What a call committed is noticed before it is answered.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.team import Intent
from missive_desktop.engine.request import Request as Request
from missive_desktop.engine.serving_requests import ServingRequest
from missive_desktop.engine.space_admin_requests import SpaceAdminRequest
from missive_desktop.engine.space_requests import SpaceRequest
from missive_desktop.engine.team_login_requests import TeamLoginRequest
from missive_desktop.engine.team_sync_requests import TeamSyncRequest
from missive_desktop.engine.trail_requests import TrailRequest

PROTOCOL = 1
FRAME_LIMIT = 128 << 20  # a mail of 90 MB in base64


class Ping(Request, frozen=True):
    """→ {"pid": int, "version": str}. A client that gets none within seconds calls it a hang."""


class Discover(Request, frozen=True):
    """Find the settings for an address → {"settings": AccountSettings, "source": str, "note": str}.

    `note` is what the person must know or do first, or empty.
    """

    address: str


class AddAccount(Request, frozen=True):
    """Sign in once, keep the account, begin to sync → {"account": id}."""

    settings: AccountSettings
    secret: str


class UpdateAccount(Request, frozen=True):
    """Change settings or secret (empty: as it was) after a trial login → {}."""

    account: int
    settings: AccountSettings
    secret: str = ""


class RemoveAccount(Request, frozen=True):
    """Forget the account and all its mail on this machine; the server keeps its own → {}."""

    account: int


class Sync(Request, frozen=True):
    """Sync one account (0: all) once → {"accounts": [{"address", "error", "advice"}]} when done."""

    account: int = 0


class Tell(Request, frozen=True):
    """Tell the server what was done and sent here; answers as Sync, when that is done or failed.

    For those who do not watch: with Watch it happens by itself.
    """

    account: int = 0


class Watch(Request, frozen=True):
    """Keep accounts in step (IDLE, polling) from now on → {} at once."""

    on: bool = True


class Act(Request, frozen=True):
    """Do something to messages, here at once and on the server in order → {"undo": [Act, …]}.

    `kind`: read, unread, star, unstar, move, copy, archive, trash, spam, not_spam, delete.
    `delete` is for good. Messages of whole conversations are named by `conversations`, narrowed
    to what lies in `source` (a folder id) if that is not 0. `target` is a folder id for move, copy.
    In a space archive, read and star are for oneself, trash and spam for all; to move is to do what
    leads to that place. Kind `revert` takes back what was done in a space.
    """

    kind: str
    messages: tuple[int, ...] = ()
    conversations: tuple[int, ...] = ()
    source: int = 0
    target: int = 0
    team: int = 0
    revert: tuple[Intent, ...] = ()


class CreateFolder(Request, frozen=True):
    """→ {"folder": id}."""

    account: int
    name: str


class RenameFolder(Request, frozen=True):
    folder: int
    name: str


class DeleteFolder(Request, frozen=True):
    folder: int


class SetFolderRole(Request, frozen=True):
    """The user's own choice of what a folder is for → {}."""

    folder: int
    role: str


class SaveDraft(Request, frozen=True):
    """Keep a draft (0: a new one) → {"draft": id, "message_id": str}."""

    draft: int
    content: Draft


class AttachToDraft(Request, frozen=True):
    """Take a file into the store → DraftAttachment as an object.

    With an empty `path` it is `data` under `name`: what came from the clipboard or from another
    mail, and shall not lie readable on the disk.
    """

    account: int
    path: str = ""
    content_id: str = ""
    name: str = ""
    data: bytes = b""


class DiscardDraft(Request, frozen=True):
    draft: int


class SendDraft(Request, frozen=True):
    """Freeze a draft and queue it → {"outbox": id, "until": unix seconds of the undo window}.

    The draft of a space goes to its worker; then the id is negative, and UndoSend takes it too.
    """

    draft: int
    undo_seconds: int = 10
    wait: bool = False  # answer only when it is sent or has failed
    close: bool = False  # a conversation of a space: close it, too


class SendRaw(Request, frozen=True):
    """Queue a finished RFC 5322 message (base64 in JSON) → {"outbox": id}.

    `account` 0: the one whose address is in From. Bcc is taken out of what is sent.
    """

    raw: bytes
    account: int = 0
    undo_seconds: int = 0
    wait: bool = False  # answer only when it is sent or has failed


class UndoSend(Request, frozen=True):
    """Within the undo window → {"draft": id}; Refused when it is too late."""

    outbox: int


class RetrySend(Request, frozen=True):
    """Queue again what failed or is uncertain → {}."""

    outbox: int
    wait: bool = False


class Prepare(Request, frozen=True):
    """Make what the view shows of these messages, where it is missing or stale → {} when done.

    Mail of a space of which only the envelope is here is fetched meanwhile, or (`whole`) first.
    """

    messages: tuple[int, ...]
    whole: bool = False


class LoadImages(Request, frozen=True):
    """Fetch the remote images of these messages, and show them from now on.

    → {"loaded": int, "failed": int, "problems": [[address, reason], …], "refused": int}: those
    shown, those that could not be had, trackers that were not asked for. When it was not `asked`
    for by hand, only for messages that a rule allows it, and once in the life of the engine.
    """

    messages: tuple[int, ...]
    asked: bool = True


class SetImageRule(Request, frozen=True):
    """Say whose images are loaded: always, never, or (None) as asked for each time → {}.

    `scope` is "sender" (`value` is an address) or "domain" (`value` is one, or an address of it;
    the rule is for the part of it that somebody owns). Never also takes away what is shown.
    """

    scope: Literal["sender", "domain"]
    value: str
    allow: bool | None


class OpenAttachment(Request, frozen=True):
    """Decrypt an attachment into the profile's private folder → {"path": str}."""

    message: int
    part: int


class SaveAttachment(Request, frozen=True):
    message: int
    part: int
    path: str


class Unsubscribe(Request, frozen=True):
    """Leave the mailing that a message belongs to → {"way", "url", "to", "note": str}.

    `way`: posted (done), mailed (a mail to `to` is on its way), browser (open `url` to go on),
    ask (nothing was done: say `note`, and call again with `anyway`).
    """

    message: int
    anyway: bool = False  # although it is spam or forged


class Import(Request, frozen=True):
    """Read mbox files, Maildirs and .eml files into an account (0: the local one).

    → {"imported": int, "known": int, "marked": int, "failed": [[path, reason], …]}.
    """

    paths: tuple[str, ...]
    account: int = 0
    folder: str = ""


class LoadDemo(Request, frozen=True):
    """Take in the sample mail, dated as of `now` (unix seconds) → {"imported": int}."""

    now: int


class Check(Request, frozen=True):
    """Integrity of database, packs and derived tables → {"problems": [str]}.

    All raw messages are opened if `thorough`, else some, chosen at random.
    """

    thorough: bool = False


class Rebuild(Request, frozen=True):
    """Make everything derived anew from the raw messages → {"messages": int}."""


class SetSetting(Request, frozen=True):
    name: str
    value: Any


class Shutdown(Request, frozen=True):
    """Stop when all that runs has been put in order → {}."""


AnyRequest = (
    Ping | Discover | AddAccount | UpdateAccount | RemoveAccount | Sync | Tell | Watch | Act
    | SpaceRequest | SpaceAdminRequest | CreateFolder
    | RenameFolder | DeleteFolder | SetFolderRole | SaveDraft | AttachToDraft | DiscardDraft
    | SendDraft | SendRaw | UndoSend | RetrySend | Prepare | LoadImages | SetImageRule
    | OpenAttachment | SaveAttachment | Unsubscribe | Import | LoadDemo | Check | Rebuild
    | SetSetting | ServingRequest | TeamSyncRequest | TeamLoginRequest | TrailRequest
    | Shutdown
)  # fmt: skip


class Hello(msgspec.Struct, frozen=True, tag=True):
    """First frame to a new engine, over its pipe: where the store is and what opens it."""

    profile: str
    key: bytes
    protocol: int = PROTOCOL


class Call(msgspec.Struct, frozen=True, tag=True):
    id: int
    request: AnyRequest


class Answer(msgspec.Struct, frozen=True, tag=True):
    """`error` is empty on success, else the name of a class in `errors` (or "Bug")."""

    id: int
    result: dict[str, Any] = {}
    error: str = ""
    message: str = ""
    advice: str = ""


class Changed(msgspec.Struct, frozen=True, tag=True):
    """A transaction was committed: read again what you show of it."""

    changes: Changes


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far a sync or an import is; `total` 0 where it is not known."""

    account: int
    folder: str
    done: int
    total: int


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Something failed in the background that the user should know of."""

    account: int
    error: str
    message: str
    advice: str = ""


Notice = Changed | Progress | Trouble
ToEngine = Hello | Call
FromEngine = Answer | Changed | Progress | Trouble
