"""A profile: the folder that holds one person's store, and what lies where in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Profile:
    """The paths inside one profile folder. Nothing readable is kept in any of them."""

    directory: Path

    @property
    def database(self) -> Path:
        return self.directory / "store.db"

    @property
    def packs(self) -> Path:
        return self.directory / "packs"

    @property
    def wrapped_key(self) -> Path:
        """The store key wrapped by the app passphrase; absent when the OS keychain has it."""
        return self.directory / "key.wrapped"

    @property
    def lock(self) -> Path:
        """Held by the engine: one writer for each profile."""
        return self.directory / "engine.lock"

    @property
    def address(self) -> Path:
        """Where a running engine says how other clients reach it."""
        return self.directory / "engine.address"

    @property
    def window_lock(self) -> Path:
        """Held by the window: one for each profile."""
        return self.directory / "window.lock"

    @property
    def window_address(self) -> Path:
        """Where the running window says how later starts reach it."""
        return self.directory / "window.address"

    @property
    def crash_log(self) -> Path:
        """Bugs by type and place only, never a message: nothing of the mail gets here."""
        return self.directory / "crash.log"

    @property
    def opened(self) -> Path:
        """Attachments that the user opened; emptied at every start and stop of the engine."""
        return self.directory / "opened"

    def create(self) -> Profile:
        """Make the folders, readable by their owner only."""
        for folder in (self.directory, self.packs, self.opened):
            folder.mkdir(parents=True, exist_ok=True)
            if os.name == "posix":  # on Windows the user's own folder is private already
                folder.chmod(0o700)
        return self


def locate(chosen: str | None) -> Profile:
    """Return the profile of `--profile`, else of MISSIVE_PROFILE, else the user's own."""
    named = chosen or os.environ.get("MISSIVE_PROFILE")
    directory = Path(named) if named else platformdirs.user_data_path("missive-desktop", False)
    return Profile(directory.expanduser().absolute())
