"""Sample mail for a look around: laid out as files, then imported the ordinary way.

The dates follow the clock: each file says how old it shall look.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from email.utils import formatdate
from pathlib import Path
from typing import Any

from missive_desktop import resources
from missive_desktop.domain.account import AccountSettings, AccountState, Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.engine import importing
from missive_desktop.engine.protocol import Import, LoadDemo
from missive_desktop.engine.runtime import Runtime
from missive_desktop.store import accounts
from missive_desktop.store.database import Connection

_AGE = re.compile(rb"^X-Demo-Age: (.*?)\r?\n", re.MULTILINE)
_PART = re.compile(r"(\d+)([dhm])")
_SHARED = "team.toml"  # marks the mail of a shared inbox: what becomes of it is up to `demo`
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60}


def load(runtime: Runtime, request: LoadDemo) -> dict[str, Any]:
    """Take the sample mail into this profile, each person's in an account without a server."""
    imported = 0
    directory = Path(tempfile.mkdtemp(prefix="missive-demo-mail-"))
    try:
        for address, folder in lay(directory, request.now).items():
            account = runtime.writer.run(_adding(address))
            done = importing.import_(runtime, Import(paths=(str(folder),), account=account))
            imported += done["imported"]
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return {"imported": imported}


def lay(directory: Path, now: int) -> dict[str, Path]:
    """Write the sample mail with its dates filled in; return each address and its folder."""
    source = resources.path("demo")
    own = [entry for entry in source.iterdir() if not (entry / _SHARED).exists()]
    for path in (path for entry in own for path in entry.rglob("*.eml")):
        raw, date = dated(path.read_bytes(), now)
        target = directory / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
        os.utime(target, (date, date))
    # The account with the most mail comes first, as it would for one who adds the main one first.
    by_size = sorted(own, key=lambda entry: (-len([*entry.rglob("*.eml")]), entry.name))
    return {entry.name: directory / entry.name for entry in by_size}


def dated(raw: bytes, now: int) -> tuple[bytes, int]:
    """Return a sample mail with its date filled in, and that date."""
    found = _AGE.search(raw)
    date = now - (_age(found[1].decode()) if found else 0)
    return _AGE.sub(f"Date: {formatdate(date)}\r\n".encode(), raw), date


def _age(text: str) -> int:
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def _adding(address: str) -> Any:
    nowhere = Endpoint("", 0, Security.TLS)
    settings = AccountSettings(address, nowhere, None, address, name="Ana Ribeiro")

    def work(conn: Connection, changes: Changes) -> int:
        account = accounts.insert(conn, settings, "", changes)
        accounts.set_state(conn, account, AccountState.READY, "", changes)
        return account

    return work
