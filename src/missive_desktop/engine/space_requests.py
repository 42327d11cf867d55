"""Requests on what a space shares: who has it, whether it is open, what is said of it.

All answer with `undo`, acts that take them back, and raise Refused where one's role does not
allow it. Conversations are ids of this store, users ids of the team's members.
"""

from __future__ import annotations

from missive_desktop.engine.request import Request


class Assign(Request, frozen=True):
    """Give conversations of a space to members, or take them from some → {"undo": [Act, …]}.

    Who gets one has it in their Inbox; the team inbox has it again when nobody is left. With
    `archive` it leaves one's own Inbox, unless one has it oneself.
    """

    conversations: tuple[int, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    archive: bool = False


class SetOpen(Request, frozen=True):
    """Close conversations for all, or open them again → {"undo": [Act, …]}."""

    conversations: tuple[int, ...]
    open: bool = False


class ReturnToTeam(Request, frozen=True):
    """Put conversations back into the team inbox, nobody's → {"undo": [Act, …]}."""

    conversations: tuple[int, ...]


class Rename(Request, frozen=True):
    """Call a conversation otherwise, for all who share it → {"undo": [Act, …]}. Without a name it
    is called as its mail says; the mail stays as it is."""

    conversation: int
    name: str = ""


class Label(Request, frozen=True):
    """Put labels (ids) on conversations of a space or take them off → {"undo": [Act, …]}."""

    conversations: tuple[int, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class MakeLabel(Request, frozen=True):
    """→ {"label": id, "undo": [Act, …]}. `shared`: of the organization, not of one space."""

    account: int
    name: str
    colour: str = ""
    shared: bool = False


class EditLabel(Request, frozen=True):
    """What is empty stays as it is; with neither name nor colour it is deleted → {"undo": …}."""

    account: int
    label: str
    name: str = ""
    colour: str = ""


class Snooze(Request, frozen=True):
    """Put conversations of a space off until then (unix seconds; 0: not) → {"undo": [Act, …]}."""

    conversations: tuple[int, ...]
    until: int


class WatchConversations(Request, frozen=True):
    """Have comments bring them back, or not, or (None) as mentions and assignments have it.

    → {"undo": [Act, …]}.
    """

    conversations: tuple[int, ...]
    watching: bool | None = True


class Comment(Request, frozen=True):
    """Say something to those who share a conversation → {"comment": id, "undo": [Act, …]}.

    Whom `@` names in the text is mentioned, and whom `mentions` holds (users). One file may go
    along, then also without a text: the one at `path`, or `data` under `name`.
    """

    conversation: int
    text: str
    mentions: tuple[str, ...] = ()
    path: str = ""
    name: str = ""
    data: bytes = b""


class OpenSharedFile(Request, frozen=True):
    """Decrypt the file of a comment into the profile's private folder → {"path": str}."""

    account: int
    comment: str


class SaveSharedFile(Request, frozen=True):
    """Decrypt the file of a comment to where the person wants it → {}."""

    account: int
    comment: str
    path: str


class EditComment(Request, frozen=True):
    """Change a comment of one's own; without text, delete it → {"undo": [Act, …]}."""

    account: int
    comment: str
    text: str = ""


class AddTask(Request, frozen=True):
    """→ {"task": id, "undo": [Act, …]}. Of a conversation, or (0) of the space `account`.

    `due` is in unix seconds.
    """

    title: str
    account: int = 0
    conversation: int = 0
    text: str = ""
    assignees: tuple[str, ...] = ()
    due: int = 0


class EditTask(Request, frozen=True):
    """Change what is not None; `state` is todo, doing or closed → {"undo": [Act, …]}."""

    account: int
    task: str
    title: str | None = None
    text: str | None = None
    assignees: tuple[str, ...] | None = None
    due: int | None = None
    state: str | None = None
    delete: bool = False


class Transfer(Request, frozen=True):
    """Move conversations to another space (its account), with all that belongs to them → {}."""

    conversations: tuple[int, ...]
    account: int


class ResolveSend(Request, frozen=True):
    """Decide on a mail of a space that failed or is uncertain: retry, cancel, it was sent, or
    (delete) it shall be seen no more → {}.

    `send` is its id in the space.
    """

    account: int
    send: str
    how: str


class TellTeam(Request, frozen=True):
    """Wait until a team's server (0: all) knows of what was done here, for those who do not watch;
    `whole`: and until all that is there is here.

    → {"waiting": how many, "refused": [[pending, act, why], …], "errors": [str, …]}.
    """

    team: int = 0
    seconds: float = 30.0
    whole: bool = False


SpaceRequest = (
    Assign | SetOpen | ReturnToTeam | Rename | Label | MakeLabel | EditLabel | Snooze
    | WatchConversations | Comment | OpenSharedFile | SaveSharedFile | EditComment | AddTask
    | EditTask | Transfer | ResolveSend | TellTeam
)  # fmt: skip
