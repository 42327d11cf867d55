"""What stands above a conversation: subject, places, whom an answer reaches. From the store."""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.app.presenters.rows import Chip, display_name
from missive_desktop.app.presenters.shown import Header, Target
from missive_desktop.app.presenters.spaces import space_header
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.store import accounts, conversations, folders, messages
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.messages import MessageRow

_ICONS = {
    Role.INBOX: "inbox",
    Role.DRAFTS: "file-pen",
    Role.SENT: "send",
    Role.ARCHIVE: "archive",
    Role.SPAM: "octagon-alert",
    Role.TRASH: "trash-2",
}
_NOT_TARGETS = {Role.ALL, Role.STARRED, Role.IMPORTANT, Role.DRAFTS, Role.SENT}


def header(conn: Connection, rows: Sequence[MessageRow]) -> Header:
    """Return the header of these mails, which are one conversation, oldest first."""
    newest = rows[-1]
    known = accounts.all_(conn)
    own = {row.settings.address.lower() for row in known}
    all_folders = {row.id: row for row in folders.for_account(conn, newest.account)}
    placed = [folder for row in rows for folder, _ in messages.folders_of(conn, row.id)]
    here = [all_folders[folder] for folder in dict.fromkeys(placed) if folder in all_folders]
    address = next((row.settings.address for row in known if row.id == newest.account), "")
    space = space_header(conn, newest.conversation)
    chips = [Chip(address)] if len(known) > 1 else []
    chips += [Chip(folder_name(row)) for row in here if row.role is not Role.ALL][:4]
    targets = _targets(list(all_folders.values()))
    others = _others(newest, own)
    name = conversations.names(conn, [newest.conversation]).get(newest.conversation, "")
    return Header(
        conversation=newest.conversation,
        account=newest.account,
        newest=newest.id,
        subject=name or rows[0].subject,
        chips=tuple(chips) if space is None else (),
        starred=any(row.flags & Flags.FLAGGED for row in rows),
        unread=any(not row.flags & Flags.SEEN for row in rows),
        answers=_names(others),
        several=len(others) > 1,
        targets=targets if space is None else (),
        in_spam=any(row.role is Role.SPAM for row in here),
        in_trash=any(row.role is Role.TRASH for row in here),
        space=space,
        called=bool(name),
    )


def folder_name(row: FolderRow) -> str:
    """Return a folder's own name, without the folders that it lies in."""
    if row.role is Role.INBOX:
        return "Inbox"
    return row.name.rpartition(row.delimiter)[2] if row.delimiter else row.name


def _others(row: MessageRow, own: set[str]) -> list[str]:
    """Return the names of those whom an answer to all would reach."""
    found: dict[str, str] = {}
    for person in (*(row.reply_to or (row.sender,)), *row.to, *row.cc):
        if person.email.lower() not in own:
            found.setdefault(person.email.lower(), display_name(person))
    return list(found.values()) or [display_name(row.sender)]


def _names(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} others"


def _targets(rows: Sequence[FolderRow]) -> tuple[Target, ...]:
    usual = [row for row in rows if row.selectable and row.role not in _NOT_TARGETS]
    usual.sort(key=lambda row: (row.role is Role.NONE, row.name.casefold()))
    return tuple(
        Target(
            row.id,
            folder_name(row) if row.role is not Role.NONE else row.name,
            _ICONS.get(row.role, "folder"),
        )
        for row in usual
    )
