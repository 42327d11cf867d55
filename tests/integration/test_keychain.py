"""The key in a real Secret Service: gnome-keyring on a message bus of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

needs_keyring = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus-run-session",
)

PROLOGUE = """
import json, os, sys
from pathlib import Path
from missive_desktop import keychain
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile
profile = Profile(Path(sys.argv[1]))
def never(question):
    raise AssertionError("asked: " + question)
"""


def run(script: str, directory: Path, *, keyring: bool, **extra: str) -> dict[str, object]:
    """Run a script in a process of its own, with a keychain or without; return its JSON."""
    home = directory / "home"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {
        **inherited,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONPATH": str(ROOT / "src"),
        **extra,
    }
    command = [sys.executable, "-c", PROLOGUE + script, str(directory / "profile")]
    if keyring:
        start = "echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
        command = ["dbus-run-session", "--", "sh", "-c", f'{start}; exec "$@"', "sh", *command]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


@needs_keyring
def test_the_key_of_a_new_profile_lies_in_the_keychain_only(tmp_path):
    first = run(
        """
key = keychain.unlock(profile, never)
again = keychain.unlock(profile, never)
files = [path for path in profile.directory.rglob("*") if path.is_file()]
leaks = [str(path) for path in files
         if key in path.read_bytes() or key.hex().encode() in path.read_bytes()]
print(json.dumps({"same": key == again, "length": len(key), "leaks": leaks,
                  "wrapped": profile.wrapped_key.exists()}))
""",
        tmp_path,
        keyring=True,
    )
    assert first == {"same": True, "length": 32, "leaks": [], "wrapped": False}


@needs_keyring
def test_the_keychain_keeps_the_key_for_the_next_program(tmp_path):
    script = "print(json.dumps({'key': keychain.unlock(profile, never).hex()}))"
    assert run(script, tmp_path, keyring=True) == run(script, tmp_path, keyring=True)


@needs_keyring
def test_a_profile_folder_may_move(tmp_path):
    result = run(
        """
key = keychain.unlock(profile, never)
elsewhere = Profile(profile.directory.rename(profile.directory.with_name("elsewhere")))
print(json.dumps({"same": keychain.unlock(elsewhere, never) == key}))
""",
        tmp_path,
        keyring=True,
    )
    assert result == {"same": True}


@needs_keyring
def test_a_key_moves_between_keychain_and_passphrase(tmp_path):
    moved = run(
        """
key = keychain.unlock(profile, never)
keychain.use_passphrase(profile, key, "correct horse")
gone = keychain._keychain().get_password(keychain.SERVICE, keychain._entry(profile))
by_passphrase = keychain.unlock(profile, lambda question: "correct horse")
keychain.use_keychain(profile, key)
back = keychain.unlock(profile, never)
print(json.dumps({"same": key == by_passphrase == back, "gone": gone is None,
                  "wrapped": profile.wrapped_key.exists()}))
""",
        tmp_path,
        keyring=True,
    )
    assert moved == {"same": True, "gone": True, "wrapped": False}


@needs_keyring
def test_a_store_whose_key_is_gone_from_the_keychain_is_locked_and_left_alone(tmp_path):
    result = run(
        """
key = keychain.unlock(profile, never)
profile.database.write_bytes(b"something")
backend = keychain._keychain()
backend.delete_password(keychain.SERVICE, keychain._entry(profile))
try:
    keychain.unlock(profile, never)
except KnownError as error:
    print(json.dumps({"error": type(error).__name__, "said": str(error),
                      "kept": profile.database.read_bytes().decode()}))
""",
        tmp_path,
        keyring=True,
    )
    assert result["error"] == "StoreLocked"
    assert "keychain" in str(result["said"])
    assert result["kept"] == "something"


def test_without_a_keychain_a_passphrase_is_asked_for(tmp_path):
    result = run(
        """
asked = []
def ask(question):
    asked.append(question)
    return "correct horse"
key = keychain.unlock(profile, ask)
files = [path for path in profile.directory.rglob("*") if path.is_file()]
leaks = [str(path) for path in files
         if key in path.read_bytes() or key.hex().encode() in path.read_bytes()]
mode = profile.wrapped_key.stat().st_mode & 0o777
print(json.dumps({"asked": len(asked), "said": "no keychain" in asked[0], "leaks": leaks,
                  "mode": oct(mode), "same": keychain.unlock(profile, ask) == key}))
""",
        tmp_path,
        keyring=False,
    )
    assert result == {"asked": 2, "said": True, "leaks": [], "mode": "0o600", "same": True}


def test_without_a_keychain_and_a_passphrase_nothing_is_made(tmp_path):
    result = run(
        """
try:
    keychain.unlock(profile, lambda question: None)
except KnownError as error:
    print(json.dumps({"error": type(error).__name__, "wrapped": profile.wrapped_key.exists(),
                      "store": profile.database.exists()}))
""",
        tmp_path,
        keyring=False,
    )
    assert result == {"error": "Cancelled", "wrapped": False, "store": False}


def test_the_passphrase_file_answers(tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text("from a file\n")
    script = "print(json.dumps({'key': keychain.unlock(profile, never).hex()}))"
    first = run(script, tmp_path, keyring=False, MISSIVE_PASSPHRASE_FILE=str(secret))
    assert first == run(script, tmp_path, keyring=False, MISSIVE_PASSPHRASE_FILE=str(secret))
    secret.write_text("another one\n")
    wrong = run(
        """
try:
    keychain.unlock(profile, never)
except KnownError as error:
    print(json.dumps({"error": type(error).__name__, "said": str(error)}))
""",
        tmp_path,
        keyring=False,
        MISSIVE_PASSPHRASE_FILE=str(secret),
    )
    assert wrong["error"] == "StoreLocked"
    assert "passphrase" in str(wrong["said"])


def test_two_programs_that_open_one_new_profile_get_one_key(tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text("from a file\n")
    result = run(
        """
import subprocess
script = ("import sys; from pathlib import Path; from missive_desktop import keychain;"
          "from missive_desktop.profile import Profile;"
          "print(keychain.unlock(Profile(Path(sys.argv[1])), lambda q: None).hex())")
running = [subprocess.Popen([sys.executable, "-c", script, sys.argv[1]],
                            stdout=subprocess.PIPE, text=True) for _ in range(4)]
print(json.dumps({"keys": len({one.communicate()[0] for one in running})}))
""",
        tmp_path,
        keyring=False,
        MISSIVE_PASSPHRASE_FILE=str(secret),
    )
    assert result == {"keys": 1}
