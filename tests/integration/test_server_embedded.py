"""The server that lives as long as the program that started it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from missive_wire import setup


def start(folder: Path, owner: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "missive_server.embedded", "--data", str(folder)]
    return subprocess.Popen(
        [*command, "--name", "Halden", "--owner", owner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_answers_and_ends_with_its_standard_input(tmp_path: Path) -> None:
    with start(tmp_path, "ana@halden.example") as process:
        assert process.stdin
        assert process.stdout
        said = json.loads(process.stdout.readline())
        begun = setup.parsed(said["setup"])
        assert (begun.email, begun.name) == ("ana@halden.example", "Halden")
        with urllib.request.urlopen(f"{said['url']}/healthz", timeout=30) as answer:
            assert answer.status == 200
        process.stdin.close()
        assert process.wait(30) == 0


def test_it_says_what_it_cannot_do(tmp_path: Path) -> None:
    process = start(tmp_path, "nobody")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert (out, err) == ("", "The owner's address is no mail address.\n")
