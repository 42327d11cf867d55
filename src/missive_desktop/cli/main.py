"""From arguments to an exit code: 0 done, 1 the world's fault, 2 wrong use.

Known errors are plain sentences on standard error; only bugs show a traceback.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from missive_desktop import __version__
from missive_desktop.cli import parser
from missive_desktop.errors import KnownError, UsageError

Work = Callable[[argparse.Namespace], int]


def run(arguments: Sequence[str] | None, bound: Mapping[str, Work]) -> int:
    """Do what the arguments say. `bound` holds the commands that are not of this package."""
    _speak_utf8()
    grammar = parser.make()
    try:
        chosen = grammar.parse_args(_opened(sys.argv[1:] if arguments is None else arguments))
        if chosen.version:
            print(f"missive-desktop {__version__}")
            return 0
        code = _find(chosen.work, bound)(chosen)
        sys.stdout.flush()
    except UsageError as error:
        _say(str(error))
        return 2
    except KnownError as error:
        _say(f"{error} {error.advice}".strip())
        return 1
    except KeyboardInterrupt:
        _say("Stopped.")
        return 1
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _opened(arguments: Sequence[str]) -> list[str]:
    """A system that opens a link with the program gives it by itself: it is one to join by."""
    given = list(arguments)
    if len(given) == 1 and given[0].startswith(("missive://", "https://", "http://")):
        return ["--join", *given]
    return given


def _find(work: str, bound: Mapping[str, Work]) -> Work:
    if work in bound:
        return bound[work]
    module, _, function = work.partition(":")
    found: Work = getattr(importlib.import_module(f"missive_desktop.cli.{module}"), function)
    return found


def _speak_utf8() -> None:
    """Mail is in every script; Windows and old locales would refuse most of them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _say(text: str) -> None:
    from missive_desktop.cli.output import clean  # servers word some errors

    print(f"missive-desktop: {clean(text)}", file=sys.stderr)
