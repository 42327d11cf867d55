"""The wrapped key, and which keychains count."""

from __future__ import annotations

import filelock
import msgspec
import pytest

from missive_desktop import keychain
from missive_desktop.errors import StoreLocked
from missive_desktop.profile import Profile

KEY = bytes(range(32))


def test_a_wrapped_key_opens_with_its_passphrase_only():
    wrapped = keychain.wrap(KEY, "correct horse")
    assert keychain.unwrap(wrapped, "correct horse") == KEY
    with pytest.raises(StoreLocked, match="not the passphrase"):
        keychain.unwrap(wrapped, "correct hors")


def test_a_passphrase_is_the_same_however_it_is_composed():
    wrapped = keychain.wrap(KEY, "caf\u00e9")
    assert keychain.unwrap(wrapped, "cafe\u0301") == KEY


def test_changed_parameters_open_nothing():
    wrapped = msgspec.structs.replace(keychain.wrap(KEY, "pw"), time_cost=1)
    with pytest.raises(StoreLocked):
        keychain.unwrap(wrapped, "pw")


def test_a_key_wrapped_by_a_newer_program_is_refused_in_plain_words():
    wrapped = msgspec.structs.replace(keychain.wrap(KEY, "pw"), version=2)
    with pytest.raises(StoreLocked, match="newer version"):
        keychain.unwrap(wrapped, "pw")


def test_the_passphrase_can_be_changed(tmp_path):
    profile = Profile(tmp_path)
    keychain._write(profile.wrapped_key, msgspec.json.encode(keychain.wrap(KEY, "old")))
    with pytest.raises(StoreLocked, match="protects nothing"):
        keychain.use_passphrase(profile, KEY, "")
    keychain.use_passphrase(profile, keychain.unlock(profile, lambda question: "old"), "new")
    assert keychain.unlock(profile, lambda question: "new") == KEY


def test_a_wrong_passphrase_is_asked_for_again_and_then_refused(tmp_path):
    profile = Profile(tmp_path)
    keychain._write(profile.wrapped_key, msgspec.json.encode(keychain.wrap(KEY, "right")))
    answers = iter(["wrong", "right"])
    assert keychain.unlock(profile, lambda question: next(answers)) == KEY
    with pytest.raises(StoreLocked, match="not the passphrase"):
        keychain.unlock(profile, lambda question: "wrong")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"salt": 1}'])
def test_a_damaged_key_file_is_said_to_be_damaged(tmp_path, content):
    profile = Profile(tmp_path)
    profile.wrapped_key.write_bytes(content)
    with pytest.raises(StoreLocked, match="damaged"):
        keychain.unlock(profile, lambda question: "pw")


def test_an_empty_passphrase_is_refused(tmp_path):
    with pytest.raises(StoreLocked, match="empty"):
        keychain.use_passphrase(Profile(tmp_path), KEY, "")


def test_keychains_in_plain_files_do_not_count():
    from keyring.backends.fail import Keyring as Fail
    from keyring.backends.null import Keyring as Null

    class Plain(Null):
        """As those that write secrets into files: from a module that is not a system's."""

    assert not any(keychain.is_secure(backend) for backend in (Fail(), Null(), Plain()))


def test_unlocking_waits_for_nobody_who_is_asked(tmp_path):
    profile = Profile(tmp_path)
    keychain.use_passphrase(profile, KEY, "pw")
    with filelock.FileLock(tmp_path / "key.lock"):  # as a window that asks its user
        assert keychain.unlock(profile, lambda _: "pw") == KEY
