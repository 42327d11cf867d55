"""Export: what a query finds as files that other programs read."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from missive_desktop.cli import finding, opening, output, team_names
from missive_desktop.domain.ids import MessageId, message_date
from missive_desktop.engine import mbox
from missive_desktop.engine.trail_requests import NoteExport
from missive_desktop.errors import DiskTrouble, KnownError, UsageError
from missive_desktop.store import messages, team_spaces

_CHUNK = 200
_UNSAFE = re.compile(r"[^\w.-]+")


def export(chosen: argparse.Namespace) -> int:
    """Write what a query finds as mbox or .eml files."""
    with opening.reading(chosen) as opened:
        ids = finding.find(opened.conn, chosen.query)
        _note(opened, ids)
        mails = _mails(opened, ids)
        try:
            if chosen.mbox == "-":
                count = mbox.write(sys.stdout.buffer, mails)
            elif chosen.mbox:
                count = _to_mbox(Path(chosen.mbox).expanduser(), mails)
            else:
                count = _to_eml(Path(chosen.eml).expanduser(), opened, ids)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DiskTrouble(f"The export was not finished: {reason}.") from error
    print(f"Exported {count} messages.", file=sys.stderr)
    return 0


def _note(opened: opening.Opened, ids: list[int]) -> None:
    """Tell teams that mail of theirs is taken out; with no team there is nobody to tell."""
    spaces = {row.account for row in team_spaces.mine(opened.conn)}
    if not spaces:
        return
    counts: Counter[int] = Counter()
    for start in range(0, len(ids), _CHUNK):
        rows = messages.rows(opened.conn, ids[start : start + _CHUNK]).values()
        counts.update(row.account for row in rows if row.account in spaces)
    if counts:
        from missive_desktop.engine.blocking import BlockingClient  # reading needs no engine

        with BlockingClient(opened.profile, opened.store.key) as client:
            client.call(NoteExport(counts=dict(counts)))
            team_names.tell(client)


def _mails(opened: opening.Opened, ids: list[int]) -> Iterator[tuple[bytes, str, int]]:
    for start in range(0, len(ids), _CHUNK):
        rows = messages.rows(opened.conn, ids[start : start + _CHUNK])
        for row in (rows[id_] for id_ in ids[start : start + _CHUNK] if id_ in rows):
            raw = messages.raw(opened.conn, opened.store, row.id)
            yield raw, row.sender.email, row.received or row.date


def _to_mbox(path: Path, mails: Iterable[tuple[bytes, str, int]]) -> int:
    """Write beside, then rename: what has the name is complete."""
    if path.exists():
        raise UsageError(f"{path} is there already.")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            count = mbox.write(file, mails)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def _to_eml(directory: Path, opened: opening.Opened, ids: list[int]) -> int:
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is no folder.")
    directory.mkdir(parents=True, exist_ok=True)
    count = 0
    for start in range(0, len(ids), _CHUNK):
        rows = messages.rows(opened.conn, ids[start : start + _CHUNK])
        for row in rows.values():
            path = directory / eml_name(row.id, row.subject)
            if path.exists():
                raise KnownError(f"{path} is there already.", "Choose an empty folder.")
            path.write_bytes(messages.raw(opened.conn, opened.store, row.id))
            count += 1
    return count


def eml_name(message: MessageId, subject: str) -> str:
    """Return a name that is unique, sorts by date, and is safe on every file system."""
    day = output.local_time(message_date(message)).strftime("%Y%m%d-%H%M%S")
    words = _UNSAFE.sub("-", subject).strip("-.")[:40].rstrip("-.")
    return "_".join(part for part in (day, words, f"{message:x}") if part) + ".eml"
