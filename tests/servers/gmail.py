"""A small IMAP server that behaves as Gmail does: folders are labels over the same messages.

Flags belong to the message, each label numbers its messages anew, expunging from a label only
takes the label away, and whatever is in Trash or Spam is nowhere else.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from tests.servers.certificates import Certificates
from tests.servers.scripted import Peer, ScriptedServer, imap

from missive_desktop.domain.account import AccountSettings

CAPABILITY = (
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS "
    "COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS "
    "LITERAL- SPECIAL-USE APPENDLIMIT=35651584"
)
ALL, TRASH, SPAM = "[Gmail]/All Mail", "[Gmail]/Trash", "[Gmail]/Spam"
SYSTEM = {
    "INBOX": ("\\Inbox", "\\HasNoChildren"),
    ALL: ("\\All", "\\All \\HasNoChildren"),
    TRASH: ("\\Trash", "\\HasNoChildren \\Trash"),
    SPAM: ("\\Junk", "\\HasNoChildren \\Junk"),
    "[Gmail]/Drafts": ("\\Draft", "\\Drafts \\HasNoChildren"),
    "[Gmail]/Sent Mail": ("\\Sent", "\\HasNoChildren \\Sent"),
    "[Gmail]/Starred": ("\\Starred", "\\Flagged \\HasNoChildren"),
    "[Gmail]/Important": ("\\Important", "\\HasNoChildren \\Important"),
}


@dataclass
class Message:
    number: int  # X-GM-MSGID
    thread: int  # X-GM-THRID
    raw: bytes
    received: int
    flags: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)  # "\\Inbox", "Work" …; TRASH and SPAM as such
    modseq: int = 0


@dataclass
class Folder:
    name: str
    label: str
    attributes: str
    uids: dict[int, int] = field(default_factory=dict)  # message number -> UID
    uidnext: int = 1

    def holds(self, message: Message) -> bool:
        """Tell whether a message shows up here."""
        hidden = message.labels & {TRASH, SPAM}
        if self.name in (TRASH, SPAM):
            return self.name in message.labels
        if hidden:
            return False
        if self.name == "[Gmail]/Starred":
            return "\\Flagged" in message.flags
        return self.name == ALL or self.label in message.labels


class Gmail:
    """The mailbox behind all connections. Thread-safe; tests change it directly, too."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.messages: dict[int, Message] = {}
        self.folders = {n: Folder(n, label, flags) for n, (label, flags) in SYSTEM.items()}
        self.modseq = 100
        self.body_bytes = 0  # how much was downloaded: All Mail once, not once for each label
        self.fetched: list[tuple[str, int]] = []  # (folder, UID) of every body
        self._numbers = itertools.count(1_789_000_000_000_000_000, 7)

    def add(
        self,
        raw: bytes,
        *labels: str,
        thread: int = 0,
        flags: tuple[str, ...] = (),
        received: int = 0,
    ) -> Message:
        """Put a message under labels; all of it is in All Mail anyway."""
        with self.lock:
            number = next(self._numbers)
            message = Message(
                number, thread or number, raw, received or int(time.time()), set(flags), set(labels)
            )
            self.messages[number] = message
            self.touch(message)
            return message

    def touch(self, *messages: Message) -> None:
        """Number what is new in a folder, forget what is gone; the messages count as changed."""
        with self.lock:
            self.modseq += 1
            for message in messages:
                message.modseq = self.modseq
            for label in {label for m in self.messages.values() for label in m.labels}:
                if label[:1] != "\\" and label not in self.folders:
                    self.folders[label] = Folder(label, label, "\\HasNoChildren")
            for folder in self.folders.values():
                for number in [n for n in folder.uids if n not in self.messages]:
                    del folder.uids[number]
                for message in self.messages.values():
                    if not folder.holds(message):
                        folder.uids.pop(message.number, None)
                    elif message.number not in folder.uids:
                        folder.uids[message.number] = folder.uidnext
                        folder.uidnext += 1

    def delete(self, *messages: Message) -> None:
        """Delete for good."""
        with self.lock:
            for message in messages:
                self.messages.pop(message.number, None)
            self.touch()

    def in_folder(self, name: str) -> list[tuple[int, Message]]:
        """Return UIDs and messages of a folder, ascending."""
        with self.lock:
            folder = self.folders[name]
            return sorted(((uid, self.messages[n]) for n, uid in folder.uids.items()), key=_first)


def _first(pair: tuple[int, Message]) -> int:
    return pair[0]


class GmailServer(ScriptedServer):
    """The mailbox on a port."""

    def __init__(self, certs: Certificates) -> None:
        self.gmail = Gmail()
        super().__init__(certs, lambda peer: _Connection(self.gmail).serve(peer))

    def settings(self) -> AccountSettings:
        """Return settings that lead here."""
        made = super().settings()
        return AccountSettings(
            address=made.address,
            imap=made.imap,
            smtp=None,
            user=made.user,
            ca_file=made.ca_file,
            provider="gmail",
            files_sent=True,
        )


class _Connection:
    """One client: what it has selected, and the commands."""

    def __init__(self, gmail: Gmail) -> None:
        self.gmail = gmail
        self.folder = ""

    def serve(self, peer: Peer) -> None:
        handlers: dict[str, Callable[[Peer, str, str], None]] = {
            "ENABLE": self.enable,
            "NAMESPACE": self.namespace,
            "LIST": self.list,
            "STATUS": self.status,
            "SELECT": self.select,
            "EXAMINE": self.select,
            "CREATE": self.create,
            "SUBSCRIBE": self.ok,
            "UNSUBSCRIBE": self.ok,
            "DELETE": self.remove,
            "APPEND": self.append,
            "IDLE": self.idle,
            "UID SEARCH": self.search,
            "UID FETCH": self.fetch,
            "UID STORE": self.store,
            "UID COPY": self.copy,
            "UID MOVE": self.move,
            "UID EXPUNGE": self.expunge,
        }
        locked = {name: self.locked(handler) for name, handler in handlers.items()}
        imap(locked | {"IDLE": self.idle}, capability=CAPABILITY)(peer)

    def locked(self, handler: Callable[[Peer, str, str], None]) -> Callable[[Peer, str, str], None]:
        def run(peer: Peer, tag: str, arguments: str) -> None:
            with self.gmail.lock:
                handler(peer, tag, arguments)

        return run

    def ok(self, peer: Peer, tag: str, arguments: str) -> None:
        peer.send(f"{tag} OK Success")

    def enable(self, peer: Peer, tag: str, arguments: str) -> None:
        peer.send(f"* ENABLED {arguments}", f"{tag} OK Success")

    def namespace(self, peer: Peer, tag: str, arguments: str) -> None:
        peer.send('* NAMESPACE (("" "/")) NIL NIL', f"{tag} OK Success")

    def list(self, peer: Peer, tag: str, arguments: str) -> None:
        peer.send('* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"')
        for folder in self.gmail.folders.values():
            peer.send(f'* LIST ({folder.attributes}) "/" "{folder.name}"')
            if "STATUS" in arguments:
                self.send_status(peer, folder)
        peer.send(f"{tag} OK Success")

    def send_status(self, peer: Peer, folder: Folder) -> None:
        peer.send(
            f'* STATUS "{folder.name}" (MESSAGES {len(folder.uids)} UIDNEXT {folder.uidnext} '
            f"UIDVALIDITY 11 HIGHESTMODSEQ {self.gmail.modseq})"
        )

    def status(self, peer: Peer, tag: str, arguments: str) -> None:
        folder = self.gmail.folders.get(_name(arguments))
        if folder is None:
            peer.send(f"{tag} NO [NONEXISTENT] Unknown Mailbox (Failure)")
            return
        self.send_status(peer, folder)
        peer.send(f"{tag} OK Success")

    def select(self, peer: Peer, tag: str, arguments: str) -> None:
        name = _name(arguments)
        folder = self.gmail.folders.get(name)
        if folder is None:
            peer.send(f"{tag} NO [NONEXISTENT] Unknown Mailbox: {name} (Failure)")
            return
        self.folder = name
        peer.send(
            "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing)",
            "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen \\*)] ok",
            "* OK [UIDVALIDITY 11] ok",
            f"* {len(folder.uids)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDNEXT {folder.uidnext}] ok",
            f"* OK [HIGHESTMODSEQ {self.gmail.modseq}]",
            f"{tag} OK [READ-WRITE] {name} selected. (Success)",
        )

    def create(self, peer: Peer, tag: str, arguments: str) -> None:
        name = _name(arguments)
        self.gmail.folders.setdefault(name, Folder(name, name, "\\HasNoChildren"))
        self.ok(peer, tag, arguments)

    def remove(self, peer: Peer, tag: str, arguments: str) -> None:
        name = _name(arguments)
        self.gmail.folders.pop(name, None)
        for message in self.gmail.messages.values():
            message.labels.discard(name)
        self.ok(peer, tag, arguments)

    def append(self, peer: Peer, tag: str, arguments: str) -> None:
        match = re.fullmatch(
            r'("(?:[^"\\]|\\.)*"|\S+) (?:\((.*?)\) )?("[^"]*" )?\{(\d+)\}', arguments
        )
        assert match is not None, arguments
        peer.send("+ go ahead")
        raw = peer.take(int(match.group(4)))
        peer.line()
        folder = self.gmail.folders[_name(match.group(1))]
        message = self.gmail.add(raw, folder.label, flags=tuple((match.group(2) or "").split()))
        peer.send(f"{tag} OK [APPENDUID 11 {folder.uids[message.number]}] (Success)")

    def idle(self, peer: Peer, tag: str, arguments: str) -> None:
        before = self.gmail.modseq
        peer.send("+ idling")
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                if self.gmail.modseq != before:
                    peer.send(f"* {len(self.gmail.folders[self.folder].uids)} EXISTS")
                    return

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            peer.expect("DONE")
        finally:
            done.set()
            thread.join()
        peer.send(f"{tag} OK IDLE terminated (Success)")

    def search(self, peer: Peer, tag: str, arguments: str) -> None:
        found = [uid for uid, message in self.chosen("1:*") if _matches(message, arguments)]
        numbers = ",".join(map(str, found))
        if arguments.upper().startswith("RETURN"):
            peer.send(f'* ESEARCH (TAG "{tag}") UID' + (f" ALL {numbers}" if found else ""))
        else:
            peer.send("* SEARCH " + " ".join(map(str, found)))
        peer.send(f"{tag} OK SEARCH completed (Success)")

    def chosen(self, numbers: str) -> list[tuple[int, Message]]:
        """Return what a sequence set names in the selected folder."""
        here = self.gmail.in_folder(self.folder)
        last = here[-1][0] if here else 0
        wanted: set[int] = set()
        for part in numbers.replace("*", str(last)).split(","):
            low, _, high = part.partition(":")
            first, end = sorted((int(low), int(high or low)))
            wanted.update(uid for uid, _ in here if first <= uid <= end)
        return [(uid, message) for uid, message in here if uid in wanted]

    def fetch(self, peer: Peer, tag: str, arguments: str) -> None:
        numbers, _, wanted = arguments.partition(" ")
        since = re.search(r"CHANGEDSINCE (\d+)", wanted)
        order = [n for n, _ in enumerate(self.gmail.in_folder(self.folder), 1)]
        positions = dict(zip([u for u, _ in self.gmail.in_folder(self.folder)], order, strict=True))
        for uid, message in self.chosen(numbers):
            if since is None or message.modseq > int(since.group(1)):
                self.send_message(peer, positions[uid], uid, message, wanted)
        peer.send(f"{tag} OK Success")

    def send_message(
        self, peer: Peer, position: int, uid: int, message: Message, wanted: str
    ) -> None:
        items = []
        if "X-GM-THRID" in wanted:
            items.append(f"X-GM-THRID {message.thread}")
        if "X-GM-MSGID" in wanted:
            items.append(f"X-GM-MSGID {message.number}")
        if "X-GM-LABELS" in wanted:
            items.append(f"X-GM-LABELS ({self.labels(message)})")
        items.append(f"UID {uid}")
        if "RFC822.SIZE" in wanted:
            items.append(f"RFC822.SIZE {len(message.raw)}")
        if "INTERNALDATE" in wanted:
            when = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(message.received))
            items.append(f'INTERNALDATE "{when}"')
        if "CHANGEDSINCE" in wanted:
            items.append(f"MODSEQ ({message.modseq})")
        if "FLAGS" in wanted:
            items.append(f"FLAGS ({' '.join(sorted(message.flags))})")
        head = f"* {position} FETCH ({' '.join(items)}"
        if "BODY.PEEK[]" not in wanted:
            peer.send(head + ")")
            return
        self.gmail.body_bytes += len(message.raw)
        self.gmail.fetched.append((self.folder, uid))
        peer.raw(f"{head} BODY[] {{{len(message.raw)}}}\r\n".encode() + message.raw + b")\r\n")

    def labels(self, message: Message) -> str:
        own = self.gmail.folders[self.folder].label
        shown = sorted(message.labels - {own, TRASH, SPAM})
        return " ".join('"' + label.replace("\\", "\\\\") + '"' for label in shown)

    def store(self, peer: Peer, tag: str, arguments: str) -> None:
        match = re.fullmatch(r"(\S+) ([+-])FLAGS(?:\.SILENT)? \((.*)\)", arguments)
        assert match is not None, arguments
        chosen = [message for _, message in self.chosen(match.group(1))]
        for message in chosen:
            if match.group(2) == "+":
                message.flags |= set(match.group(3).split())
            else:
                message.flags -= set(match.group(3).split())
        self.gmail.touch(*chosen)
        self.ok(peer, tag, arguments)

    def copy(self, peer: Peer, tag: str, arguments: str) -> None:
        self.place(peer, tag, arguments, moving=False)

    def move(self, peer: Peer, tag: str, arguments: str) -> None:
        self.place(peer, tag, arguments, moving=True)

    def place(self, peer: Peer, tag: str, arguments: str, *, moving: bool) -> None:
        numbers, _, quoted = arguments.partition(" ")
        target = self.gmail.folders.get(_name(quoted))
        if target is None:
            peer.send(f"{tag} NO [TRYCREATE] No folder {quoted} (Failure)")
            return
        chosen = self.chosen(numbers)
        messages = [message for _, message in chosen]
        for message in messages:
            if moving:
                message.labels -= {self.gmail.folders[self.folder].label, TRASH, SPAM}
            if target.name in (TRASH, SPAM):
                message.labels = {target.name}
            elif target.name == "[Gmail]/Starred":
                message.flags.add("\\Flagged")
            elif target.name != ALL:
                message.labels.add(target.label)
        self.gmail.touch(*messages)
        old = ",".join(str(uid) for uid, _ in chosen)
        new = ",".join(str(target.uids[message.number]) for message in messages)
        if moving:
            peer.send(f"* OK [COPYUID 11 {old} {new}] (Success)", f"{tag} OK (Success)")
        else:
            peer.send(f"{tag} OK [COPYUID 11 {old} {new}] (Success)")

    def expunge(self, peer: Peer, tag: str, arguments: str) -> None:
        here = self.gmail.folders[self.folder]
        gone = [m for _, m in self.chosen(arguments) if "\\Deleted" in m.flags]
        if self.folder in (TRASH, SPAM):
            self.gmail.delete(*gone)
        elif self.folder == ALL:
            for message in gone:
                message.labels = {TRASH}
        else:
            for message in gone:
                message.labels.discard(here.label)
        for message in gone:
            message.flags.discard("\\Deleted")
        self.gmail.touch(*[m for m in gone if m.number in self.gmail.messages])
        self.ok(peer, tag, arguments)


def _name(arguments: str) -> str:
    match = re.match(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
    assert match is not None, arguments
    return re.sub(r"\\(.)", r"\1", match.group(1) or match.group(2) or "")


def _matches(message: Message, criteria: str) -> bool:
    header = re.search(r'HEADER Message-ID "(.*)"', criteria, re.IGNORECASE)
    if header is not None:
        return header.group(1).encode() in message.raw.partition(b"\r\n\r\n")[0]
    return "\\Deleted" in message.flags if criteria.upper() == "DELETED" else True


@pytest.fixture
def gmail_server(throwaway_certificates: Certificates) -> Iterator[GmailServer]:
    """A mailbox as Gmail keeps it; `.gmail` is what lies behind."""
    with GmailServer(throwaway_certificates) as server:
        yield server
