"""Mail in files of other programs: which there are, what lies in them, and their flags.

Reads mbox, Maildir (also Maildir++) and .eml, one message at a time. Knows nothing of the store.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from missive_desktop.domain.message import Flags
from missive_desktop.engine import mbox

_MAILDIR_FLAGS = {
    "S": Flags.SEEN,
    "F": Flags.FLAGGED,
    "R": Flags.ANSWERED,
    "D": Flags.DRAFT,
    "T": Flags.DELETED,
    "P": Flags.FORWARDED,
}
_STATUS_FLAGS = {
    "R": Flags.SEEN,
    "A": Flags.ANSWERED,
    "F": Flags.FLAGGED,
    "T": Flags.DRAFT,
    "D": Flags.DELETED,
}
_MOZILLA_FLAGS = {
    0x0001: Flags.SEEN,
    0x0002: Flags.ANSWERED,
    0x0004: Flags.FLAGGED,
    0x0008: Flags.DELETED,
    0x1000: Flags.FORWARDED,
}
_STATUS = re.compile(
    rb"^(status|x-status|x-mozilla-status|x-gmail-labels):[ \t]*([^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 64 << 10
_LOOKS_LIKE_MAIL = re.compile(rb"\s*[!-9;-~]+[ \t]*:")


class Found(NamedTuple):
    """A file or Maildir to be read; `folder` is what its messages' folder shall be called."""

    path: Path
    folder: str
    kind: str  # mbox, maildir, eml, or "" for what is no mail


class Mail(NamedTuple):
    """One message; `raw` is None when it cannot be taken, and `problem` says why."""

    raw: bytes | None
    flags: Flags
    received: int
    problem: str = ""
    path: Path = Path()


def find(path: Path) -> Iterator[Found]:
    """Yield what can be read at `path`; a path that holds no mail yields kind ""."""
    if path.is_dir():
        yield from _find_in(path, path)
    else:
        kind = kind_of(path)
        yield Found(path, "Imported" if kind == "eml" else _name(path), kind)


def _find_in(top: Path, directory: Path) -> Iterator[Found]:
    if _is_maildir(directory):
        yield Found(directory, _maildir_name(top, directory), "maildir")
    try:
        entries = sorted(directory.iterdir())
    except OSError:
        yield Found(directory, "", "")
        return
    for entry in entries:
        if entry.is_dir():
            inside = entry.name in ("cur", "new", "tmp") and _is_maildir(directory)
            if not inside and not entry.is_symlink():
                yield from _find_in(top, entry)
        elif entry.is_file() and not _is_maildir(directory):
            kind = kind_of(entry)
            named = entry.suffix.lower() in (".eml", ".mbox", ".mbx")
            if kind == "mbox" or (kind == "eml" and named):
                eml = directory.name if directory != top else "Imported"
                yield Found(entry, eml if kind == "eml" else _name(entry), kind)
            elif named:
                yield Found(entry, "", "")


def _is_maildir(directory: Path) -> bool:
    return (directory / "cur").is_dir() and (directory / "new").is_dir()


def _maildir_name(top: Path, directory: Path) -> str:
    """Name a Maildir: the top one is the inbox, ".A.B" of Maildir++ is A/B."""
    if directory == top:
        return "INBOX"
    parts = []
    for part in directory.relative_to(top).parts:
        parts += part[1:].split(".") if part.startswith(".") else [part]
    return "/".join(part for part in parts if part) or "INBOX"


def _name(path: Path) -> str:
    name = path.stem if path.suffix.lower() in (".mbox", ".mbx", ".eml") else path.name
    if name == "mbox" and path.parent.suffix == ".mbox":  # Apple Mail: Name.mbox/mbox
        name = path.parent.stem
    return "INBOX" if name.lower() == "inbox" else name


def kind_of(path: Path) -> str:
    """Return mbox or eml by what the file begins with, or "" for something else."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError:
        return ""
    if head.startswith(b"From "):
        return "mbox"
    if path.suffix.lower() == ".eml":
        return "eml"
    if not head:
        return "mbox" if path.suffix.lower() in ("", ".mbox", ".mbx") else ""
    return "eml" if _LOOKS_LIKE_MAIL.match(head) else ""


def read(found: Found) -> Iterator[Mail]:
    """Yield the messages of one find; a damaged one is told and the next ones go on."""
    if found.kind == "maildir":
        for part in ("cur", "new"):
            for path in sorted((found.path / part).iterdir()):
                if path.is_file() and not path.name.startswith("."):
                    yield _read_file(path, maildir_flags(path.name))
    elif found.kind == "eml":
        yield _read_file(found.path, None)
    elif found.kind == "mbox":
        yield from _read_mbox(found.path)
    else:
        yield Mail(None, Flags(0), 0, "this is not mail", found.path)


def _read_mbox(path: Path) -> Iterator[Mail]:
    try:
        with path.open("rb") as file:
            for piece in mbox.read(file):
                if piece.raw is None:
                    yield Mail(None, Flags(0), 0, "a message in it is too large", path)
                else:
                    yield Mail(piece.raw, header_flags(piece.raw), piece.received, "", path)
    except OSError as error:
        yield Mail(None, Flags(0), 0, error.strerror or "it cannot be read", path)


def _read_file(path: Path, flags: Flags | None) -> Mail:
    try:
        status = path.stat()
        if status.st_size > mbox.LIMIT:
            return Mail(None, Flags(0), 0, "it is too large", path)
        raw = path.read_bytes()
    except OSError as error:
        return Mail(None, Flags(0), 0, error.strerror or "it cannot be read", path)
    if raw.startswith(b"From ") and (end := raw.find(b"\n")) > 0:
        raw = raw[end + 1 :]
    given = header_flags(raw) if flags is None else flags
    return Mail(raw, given, int(status.st_mtime), "", path)


def maildir_flags(name: str) -> Flags:
    """Return the flags in a Maildir file name, `…:2,FS`; on Windows it has no colon."""
    _, found, letters = name.rpartition("2,")
    flags = Flags(0)
    for letter in letters if found else "":
        flags |= _MAILDIR_FLAGS.get(letter, Flags(0))
    return flags


def header_flags(raw: bytes) -> Flags:
    """Return the flags that other programs wrote into the header; read, where none did."""
    head = raw[:_HEAD]
    ends = [at for at in (head.find(b"\n\n"), head.find(b"\r\n\r\n")) if at >= 0]
    head = head[: min(ends)] if ends else head
    said = {
        match[1].lower(): match[2].decode("ascii", "replace") for match in _STATUS.finditer(head)
    }
    if not said:
        return Flags.SEEN
    flags = Flags(0)
    for letter in said.get(b"status", "") + said.get(b"x-status", ""):
        flags |= _STATUS_FLAGS.get(letter, Flags(0))
    mozilla = said.get(b"x-mozilla-status", "")
    if re.fullmatch(r"[0-9a-fA-F]{4}", mozilla):
        for bit, flag in _MOZILLA_FLAGS.items():
            flags |= flag if int(mozilla, 16) & bit else Flags(0)
    if b"x-gmail-labels" in said:
        labels = {label.strip().lower() for label in said[b"x-gmail-labels"].split(",")}
        flags |= Flags(0) if "unread" in labels else Flags.SEEN
        flags |= Flags.FLAGGED if "starred" in labels else Flags(0)
    return flags


def size_of(found: Found) -> int:
    """Return about how many bytes there are to read, for the progress shown."""
    if found.kind != "maildir":
        try:
            return found.path.stat().st_size
        except OSError:
            return 0
    total = 0
    for part in ("cur", "new"):
        with os.scandir(found.path / part) as entries:
            total += sum(entry.stat().st_size for entry in entries if entry.is_file())
    return total
