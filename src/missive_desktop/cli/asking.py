"""Secrets that commands need: asked on the terminal, or read from standard input or a file.

Never from the arguments: those are shown to everybody on the machine.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from missive_desktop.cli import opening
from missive_desktop.errors import KnownError, UsageError


class Asked:
    """With `--stdin` each answer is the next line of standard input, in the order of questions."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._lines = bool(chosen.stdin)
        self._file: str = getattr(chosen, "password_file", None) or ""

    def secret(self, question: str) -> str:
        answer = sys.stdin.readline().rstrip("\r\n") if self._lines else opening.ask(question)
        if not answer:
            raise UsageError(f"Needed: {question}. On a terminal, or as a line with --stdin.")
        return answer

    def link(self, given: str | None, question: str) -> str:
        """Ask for a link that is not given, or is given as `-`."""
        return self.secret(question) if given in (None, "", "-") else str(given)

    def password(self, question: str = "Password") -> str:
        return self._from_file() if self._file else self.secret(question)

    def new_password(self, question: str = "New password") -> str:
        """Ask twice where nobody sees what is typed."""
        if self._file:
            return self._from_file()
        first = self.secret(question)
        if not self._lines and first != self.secret("Once more"):
            raise UsageError("These were two different passwords. Nothing was done.")
        return first

    def _from_file(self) -> str:
        try:
            text = Path(self._file).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise KnownError(f"The file {self._file} cannot be read.") from error
        return text.splitlines()[0] if text else ""
