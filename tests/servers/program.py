"""The whole program as a person starts it: a command line, a profile, a passphrase in a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Program:
    """One profile, used from the command line."""

    def __init__(self, directory: Path) -> None:
        self.profile = directory / "profile"
        passphrase = directory / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        self.environment = {
            **os.environ,
            "MISSIVE_PROFILE": str(self.profile),
            "MISSIVE_PASSPHRASE_FILE": str(passphrase),
            "DBUS_SESSION_BUS_ADDRESS": "",  # no keychain
            "PYTHONWARNINGS": "default",
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "missive_desktop", *arguments]

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(*arguments), env=self.environment, **options)

    def run(
        self, *arguments: str, given: str | bytes = b"", code: int | None = 0, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; anything but `code` is a failure, and so is a traceback."""
        data = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            self.command(*arguments),
            input=data,
            env=self.environment,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        if code is not None:
            assert done.returncode == code, (arguments, done.returncode, out, err)
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def crashes(self) -> str:
        log = self.profile / "crash.log"
        return log.read_text() if log.exists() else ""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)
