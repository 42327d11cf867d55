"""What guards the store's key: this system's keychain, or a passphrase. Says it, changes it."""

from __future__ import annotations

import argparse
import sys

from missive_desktop import keychain, profile
from missive_desktop.cli import opening
from missive_desktop.errors import UsageError

_WORDS = {
    "passphrase": "A passphrase guards this profile.",
    "keychain": "The keychain of this system guards this profile.",
    "": "There is no profile yet: nothing to guard.",
}


def choose(chosen: argparse.Namespace) -> int:
    """Say what guards the key, or change it; the old guard must open first."""
    found = profile.locate(chosen.profile)
    if chosen.by is not None:
        key = opening.unlock(found)
        if chosen.by == "keychain":
            keychain.use_keychain(found, key)
        else:
            keychain.use_passphrase(found, key, _new_passphrase(chosen.passphrase_stdin))
    print(_WORDS[keychain.protection(found)])
    return 0


def _new_passphrase(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("A passphrase is needed: on a terminal, or with --passphrase-stdin.")
    import getpass  # slow to import, and rarely needed

    first = getpass.getpass("New passphrase: ", sys.stderr)
    if first != getpass.getpass("Once more: ", sys.stderr):
        raise UsageError("These were two different passphrases; the old one stays.")
    return first
