"""Errors become exit codes and sentences; nothing known shows a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from missive_desktop import __version__
from missive_desktop.cli import main
from missive_desktop.errors import Offline, UsageError


def raising(error):
    def work(_):
        raise error

    return {"window": work}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Offline("No connection.", "Try later."), 1, "No connection. Try later."),
        (UsageError("No such folder."), 2, "No such folder."),
        (KeyboardInterrupt(), 1, "Stopped."),
    ],
)
def test_errors_are_sentences(error, code, said, capsys):
    assert main.run([], raising(error)) == code
    out = capsys.readouterr()
    assert out.err == f"missive-desktop: {said}\n"
    assert out.out == ""


def test_a_bug_stays_a_bug():
    with pytest.raises(ZeroDivisionError):
        main.run([], raising(ZeroDivisionError()))


def test_the_code_of_a_command_is_the_programs():
    assert main.run([], {"window": lambda _: 1}) == 1


def test_the_version(capsys):
    assert main.run(["--version"], {}) == 0
    assert capsys.readouterr().out == f"missive-desktop {__version__}\n"


def test_a_closed_pipe_is_quiet():
    code = (
        "from missive_desktop.cli import main\n"
        "def work(_):\n"
        "    for _ in range(100000): print('x' * 100)\n"
        "    return 0\n"
        "raise SystemExit(main.run([], {'window': work}))\n"
    )
    reading, writing = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    os.read(reading, 10)
    os.close(reading)
    _, said = process.communicate(timeout=60)
    assert said == b""
    assert process.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="locales of POSIX")
def test_every_script_is_printed_in_any_locale():
    code = (
        "from missive_desktop.cli import main\n"
        "work = {'window': lambda _: print(chr(0x65e5) + chr(0xd800)) or 0}\n"
        "raise SystemExit(main.run([], work))\n"
    )
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    process = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=True
    )
    assert process.stdout == "日?\n".encode()


def test_starting_is_light():
    """What a search pays for before it begins: no asyncio, no network, no Qt, no parser."""
    code = (
        "import sys, missive_desktop.__main__, missive_desktop.cli.reading\n"
        "heavy = {'asyncio', 'ssl', 'httpx', 'imapclient', 'keyring', 'PySide6', 'email.parser',"
        " 'multiprocessing', 'tqdm', 'nh3', 'selectolax', 'fast_mail_parser', 'dns', 'argon2'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=True, text=True
    )
    assert process.stdout == "[]\n"
