"""The folders of an account: LIST, STATUS and SELECT with what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from missive_desktop.errors import Refused
from missive_desktop.mail import sequence
from missive_desktop.mail.capabilities import Capabilities
from missive_desktop.mail.commands import mailbox, response_code, run
from missive_desktop.mail.fetch_parser import FlagUpdate, decode_name, is_fetch, parse_flag_line
from missive_desktop.mail.tokens import Piece, number, pairs, text, tokenize
from missive_desktop.mail.trouble import CommandRefused, NotUnderstood
from missive_desktop.mail.wire import Wire

# Neither of these can be opened.
_CLOSED = frozenset({"\\noselect", "\\nonexistent"})


class Status(NamedTuple):
    """What STATUS says; 0 where the server does not say."""

    messages: int
    uidnext: int
    uidvalidity: int
    highestmodseq: int


class ListedFolder(msgspec.Struct):
    name: str
    delimiter: str
    attributes: tuple[str, ...]
    status: Status | None = None

    @property
    def selectable(self) -> bool:
        """Whether it can be opened."""
        return not any(attribute.lower() in _CLOSED for attribute in self.attributes)


class Selected(msgspec.Struct):
    """An opened folder. `vanished` and `changed` are filled by QRESYNC only."""

    name: str
    uidvalidity: int = 1
    uidnext: int = 0
    exists: int = 0
    highestmodseq: int = 0
    readonly: bool = False
    keywords: bool = True  # new keywords may be made here
    vanished: set[int] = msgspec.field(default_factory=set)
    changed: list[FlagUpdate] = msgspec.field(default_factory=list)


class Known(NamedTuple):
    """What a client knows of a folder, for QRESYNC."""

    uidvalidity: int
    modseq: int
    uids: Sequence[int]  # ascending


def list_folders(wire: Wire, offers: Capabilities, *, utf8: bool = False) -> list[ListedFolder]:
    """List the user's own folders, with their status where one command can ask for all."""
    command = b'LIST "" "*"'
    if offers.xlist and not (offers.special_use or offers.list_extended):
        command = b'XLIST "" "*"'
    returned = []
    if offers.special_use and (offers.list_extended or offers.list_status):
        returned.append(b"SPECIAL-USE")
    if offers.list_status:
        returned.append(b"STATUS (" + _status_items(offers) + b")")
    if returned:
        command += b" RETURN (" + b" ".join(returned) + b")"
    try:
        answer = run(wire, command)
    except (CommandRefused, NotUnderstood):
        answer = run(wire, b'LIST "" "*"')  # it offers more than it can
    found: dict[str, ListedFolder] = {}
    statuses: dict[str, Status] = {}
    for pieces in answer.untagged:
        if (folder := parse_list(pieces)) is not None:
            found.setdefault(folder.name, folder)
        elif (named := parse_status(pieces)) is not None:
            statuses[named[0]] = named[1]
    for name, status in statuses.items():
        if name in found:
            found[name].status = status
    strangers = _foreign_prefixes(wire, offers)
    return [
        folder
        for folder in found.values()
        if not any(folder.name.startswith(prefix) for prefix in strangers)
    ]


def _status_items(offers: Capabilities) -> bytes:
    return b"MESSAGES UIDNEXT UIDVALIDITY" + (b" HIGHESTMODSEQ" if offers.condstore else b"")


def _foreign_prefixes(wire: Wire, offers: Capabilities) -> list[str]:
    """Return where other users' and shared folders begin (RFC 2342): those are not ours to pull."""
    if not offers.namespace:
        return []
    prefixes: list[str] = []
    for pieces in run(wire, b"NAMESPACE").untagged:
        tokens = tokenize(pieces)
        if len(tokens) < 5 or text(tokens[1]).upper() != "NAMESPACE":
            continue
        personal = tokens[2] if isinstance(tokens[2], list) else []
        own = {decode_name(one[0]) for one in personal if isinstance(one, list) and one}
        for group in tokens[3:5]:
            for one in group if isinstance(group, list) else []:
                prefix = decode_name(one[0]) if isinstance(one, list) and one else ""
                if prefix and prefix not in own:
                    prefixes.append(prefix)
    return prefixes


def parse_list(pieces: Sequence[Piece]) -> ListedFolder | None:
    """Read `* LIST (attributes) delimiter name`; None for any other response."""
    head = bytes(pieces[0][:9]).upper()
    if not head.startswith((b"* LIST ", b"* XLIST ")):
        return None
    tokens = tokenize(pieces)
    if len(tokens) < 5 or not isinstance(tokens[2], list):
        return None
    # A name that was sent as the atom NIL came out as None.
    name = "NIL" if tokens[4] is None else decode_name(tokens[4])
    if not name:
        return None
    attributes = tuple(text(token) for token in tokens[2] if token is not None)
    if "\\inbox" in {attribute.lower() for attribute in attributes} and head[2:3] == b"X":
        name = "INBOX"  # XLIST gives it a translated name
    delimiter = text(tokens[3])
    if name.upper() == "INBOX":
        name = "INBOX"
    return ListedFolder(name, delimiter, attributes)


def parse_status(pieces: Sequence[Piece]) -> tuple[str, Status] | None:
    """Read `* STATUS name (key value …)`; None for any other response."""
    if bytes(pieces[0][:9]).upper() != b"* STATUS ":
        return None
    tokens = tokenize(pieces)
    if len(tokens) < 4 or not isinstance(tokens[3], list):
        return None
    items = pairs(tokens[3])
    name = decode_name(tokens[2])
    keys = (b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY", b"HIGHESTMODSEQ")
    values = [number(items.get(key)) or 0 for key in keys]
    return ("INBOX" if name.upper() == "INBOX" else name), Status(*values)


def status(wire: Wire, offers: Capabilities, name: str, *, utf8: bool = False) -> Status:
    """Ask for the state of a folder without opening it."""
    command = b"STATUS " + mailbox(name, utf8=utf8) + b" (" + _status_items(offers) + b")"
    for pieces in run(wire, command).untagged:
        if (found := parse_status(pieces)) is not None:
            return found[1]
    raise Refused(f"The server did not say how the folder {name} stands.")


def select(
    wire: Wire,
    offers: Capabilities,
    name: str,
    *,
    known: Known | None = None,
    readonly: bool = False,
    utf8: bool = False,
) -> Selected:
    """Open a folder; with QRESYNC learn what changed since `known` (RFC 7162 section 3.2.5)."""
    command = (b"EXAMINE " if readonly else b"SELECT ") + mailbox(name, utf8=utf8)
    uids: Sequence[int] = ()
    if known is not None and offers.qresync and known.uidvalidity and known.modseq:
        uids = known.uids
        command += b" (QRESYNC (%d %d" % (known.uidvalidity, known.modseq)
        written = sequence.write(uids) if uids else ""
        if written and len(written) < sequence.LINE_LIMIT:
            command += b" " + written.encode()
        command += b"))"
    elif offers.condstore:
        command += b" (CONDSTORE)"
    made = Selected(name)

    def handle(pieces: list[Piece]) -> bool:
        _note(made, pieces, uids)
        return True

    answer = run(wire, command, handle=handle)
    made.readonly = readonly or response_code(answer.text)[0] == "READ-ONLY"
    return made


def _note(made: Selected, pieces: Sequence[Piece], known: Sequence[int]) -> None:
    line = bytes(pieces[0])
    if is_fetch(line):
        update = parse_flag_line(line)
        if update is not None:
            made.changed.append(update)
        return
    head = line[2:].split(b" ", 2)
    kind = head[0].upper()
    if len(head) > 1 and head[1].upper() == b"EXISTS":
        made.exists = number(head[0]) or 0
    elif kind == b"VANISHED":
        made.vanished |= sequence.within(line.rpartition(b" ")[2], known)
    elif kind == b"OK":
        _note_code(made, line[5:].decode("utf-8", "replace"))


def _note_code(made: Selected, said: str) -> None:
    code, arguments = response_code(said)
    value = number(arguments[0].encode()) or 0 if arguments else 0
    if code == "UIDVALIDITY":
        made.uidvalidity = value or 1
    elif code == "UIDNEXT":
        made.uidnext = value
    elif code == "HIGHESTMODSEQ":
        made.highestmodseq = value
    elif code == "PERMANENTFLAGS":
        made.keywords = "\\*" in said
