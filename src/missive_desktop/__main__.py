"""No command: the window; else the command line. Binds the two, which do not know each other."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from missive_desktop.cli import main as command_line


def main(arguments: Sequence[str] | None = None) -> int:
    return command_line.run(arguments, {"window": _window, "render": _render, "gallery": _gallery})


# Qt takes longer to import than a search takes to answer: only where it is needed.
def _window(chosen: argparse.Namespace) -> int:
    app = importlib.import_module("missive_desktop.app.main")
    code: int = app.run(chosen.profile, chosen.demo, chosen.screenshot, chosen.theme, chosen.join)
    return code


def _render(chosen: argparse.Namespace) -> int:
    app = importlib.import_module("missive_desktop.app.render")
    code: int = app.run(chosen.files, chosen.out, chosen.remote, chosen.proxy)
    return code


def _gallery(chosen: argparse.Namespace) -> int:
    app = importlib.import_module("missive_desktop.app.gallery")
    code: int = app.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
