"""The store key: in the OS keychain, or wrapped by an app passphrase. Never in a plain file.

Of the keychains that `keyring` finds, only the systems' own count: they keep secrets encrypted.
Knows nothing of the store but that its key has 32 bytes.
"""

from __future__ import annotations

import os
import secrets
import threading
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import filelock
import msgspec

from missive_desktop.errors import Cancelled, StoreLocked, disk_trouble
from missive_desktop.profile import Profile
from missive_wire import shapes

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEY_BYTES = 32
SERVICE = "missive-desktop"
PASSPHRASE_FILE = "MISSIVE_PASSPHRASE_FILE"  # noqa: S105 - a name, not a secret
_SECURE = {
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
}
_TRIES = 3
_PATIENCE = 120.0  # seconds for a keychain that asks its user, or that will never answer
_MOST_MEMORY = 1 << 20  # KiB: a wrapped key that asks for more was not made here

T = TypeVar("T")
Ask = Callable[[str], str | None]


class Wrapped(msgspec.Struct, frozen=True):
    """The wrapped key as it lies on disk. Argon2id of RFC 9106, its second recommended option."""

    salt: str
    nonce: str
    sealed: str
    version: int = 1
    kdf: str = "argon2id"
    time_cost: int = 3
    memory_cost: int = 65_536  # KiB
    parallelism: int = 4


def unlock(profile: Profile, ask: Ask) -> bytes:
    """Return the key of the profile's store; a new profile gets one.

    `ask` shows its argument and returns what the user typed, or None when they gave up. The
    environment's MISSIVE_PASSPHRASE_FILE answers instead where it is set.
    """
    try:
        profile.create()
        if not profile.wrapped_key.exists():
            # Two programs, one new profile. Not held while somebody is asked to unlock an old one.
            with filelock.FileLock(profile.directory / "key.lock", _PATIENCE):
                if not profile.wrapped_key.exists():
                    return _from_keychain(profile) or _make(profile, ask)
        return _ask_for_key(profile, ask)
    except filelock.Timeout as error:
        raise StoreLocked(
            "Another program is making this profile just now.", "Answer its question first."
        ) from error
    except OSError as error:
        raise disk_trouble(error) from error


def protection(profile: Profile) -> str:
    """Return what guards the key: "passphrase", "keychain", or "" when there is none yet."""
    if profile.wrapped_key.exists():
        return "passphrase"
    return "keychain" if _entry_file(profile).exists() else ""


def use_passphrase(profile: Profile, key: bytes, passphrase: str) -> None:
    """Guard the key by this passphrase from now on, and by no other one, nor the keychain."""
    if not passphrase:
        raise StoreLocked("An empty passphrase protects nothing.", "Choose a longer one.")
    _write(profile.wrapped_key, msgspec.json.encode(wrap(key, passphrase)))
    backend = _keychain()
    if backend is not None:
        _forget(backend, profile)


def use_keychain(profile: Profile, key: bytes) -> None:
    """Guard the key by the OS keychain from now on, without a passphrase."""
    backend = _keychain()
    if backend is None or not _keep(backend, profile, key):
        raise StoreLocked("This machine has no keychain.", "Keep the passphrase.")
    profile.wrapped_key.unlink(missing_ok=True)


def wrap(key: bytes, passphrase: str) -> Wrapped:
    """Seal the key under a passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(16), os.urandom(12)
    blank = Wrapped(b64encode(salt).decode(), b64encode(nonce).decode(), "")
    sealed = AESGCM(_derive(blank, passphrase)).encrypt(nonce, key, msgspec.json.encode(blank))
    return msgspec.structs.replace(blank, sealed=b64encode(sealed).decode())


def unwrap(wrapped: Wrapped, passphrase: str) -> bytes:
    """Open a wrapped key; raises StoreLocked when the passphrase is wrong."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    blank = msgspec.structs.replace(wrapped, sealed="")
    try:
        key = AESGCM(_derive(wrapped, passphrase)).decrypt(
            b64decode(wrapped.nonce), b64decode(wrapped.sealed), msgspec.json.encode(blank)
        )
    except (InvalidTag, ValueError) as error:
        raise StoreLocked("That is not the passphrase of this profile.", "Try again.") from error
    return key


def _derive(wrapped: Wrapped, passphrase: str) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    known = wrapped.version == 1 and wrapped.kdf == "argon2id"
    if not known or wrapped.memory_cost > _MOST_MEMORY:
        raise StoreLocked(
            "The key of this profile was wrapped by a newer version of Missive.",
            "Install the newest version of Missive.",
        )
    return hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(),
        b64decode(wrapped.salt),
        time_cost=wrapped.time_cost,
        memory_cost=wrapped.memory_cost,
        parallelism=wrapped.parallelism,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _ask_for_key(profile: Profile, ask: Ask) -> bytes:
    wrapped = _read(profile.wrapped_key)
    given = _from_file()
    if given is not None:
        return unwrap(wrapped, given)
    question = "Passphrase of this profile:"
    for left in reversed(range(_TRIES)):
        answer = ask(question)
        if answer is None:
            raise Cancelled("The profile stays locked.")
        try:
            return unwrap(wrapped, answer)
        except StoreLocked:
            if not left:
                raise
            question = "That is not the passphrase of this profile. Try again:"
    raise AssertionError("unreachable")


def _make(profile: Profile, ask: Ask) -> bytes:
    """Make a key for a new profile, and keep it where it is safe before it is used."""
    if profile.database.exists():
        raise StoreLocked(
            "The key of this profile is not in the keychain.",
            "If the folder came from another machine or user, bring its key along.",
        )
    key = os.urandom(KEY_BYTES)
    passphrase = _from_file()
    if passphrase is None:
        backend = _keychain()
        if backend is not None and _keep(backend, profile, key):
            return key
        passphrase = _choose(ask)
    use_passphrase(profile, key, passphrase)
    return key


def _choose(ask: Ask) -> str:
    question = (
        "This machine has no keychain, so a passphrase protects your mail here.\n"
        "Choose a passphrase (without it nobody can open the mail, we neither):"
    )
    first = ask(question)
    if not first:
        raise Cancelled("Without a keychain or a passphrase no mail is kept on this machine.")
    if ask("The same passphrase again:") != first:
        raise StoreLocked("The two passphrases differ.", "Try again.")
    return first


def _from_file() -> str | None:
    name = os.environ.get(PASSPHRASE_FILE)
    if not name:
        return None
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreLocked(f"The passphrase file {name} cannot be read.") from error
    return text.rstrip("\r\n")


def _keychain() -> KeyringBackend | None:
    """Return the first secure keychain of this machine, if it has one."""
    import keyring  # slow to import
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    found = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next((backend for backend in found if is_secure(backend)), None)


def is_secure(backend: object) -> bool:
    """Tell a keychain of the system from those that keep secrets in plain files, or nowhere."""
    return type(backend).__module__ in _SECURE


def _from_keychain(profile: Profile) -> bytes | None:
    from keyring.errors import KeyringError

    if not _entry_file(profile).exists():
        return None
    backend = _keychain()
    if backend is None:
        return None
    try:
        text = _answer(lambda: backend.get_password(SERVICE, _entry(profile)))
    except KeyringError as error:
        if not profile.database.exists():
            return None
        raise StoreLocked("The keychain is locked.", "Unlock it and try again.") from error
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreLocked("What the keychain keeps for this profile is not a key.")
    return key


def _entry_file(profile: Profile) -> Path:
    return profile.directory / "key.id"


def _entry(profile: Profile) -> str:
    """Return what the keychain calls this profile's key: by chance, so the folder may move."""
    file = _entry_file(profile)
    if not file.exists():
        _write(file, secrets.token_hex(16).encode())
    return file.read_text("ascii", "replace")


def _keep(backend: KeyringBackend, profile: Profile, key: bytes) -> bool:
    """Put the key into the keychain; True once it has been read back."""
    from keyring.errors import KeyringError

    try:
        _answer(lambda: backend.set_password(SERVICE, _entry(profile), key.hex()))
        kept = _answer(lambda: backend.get_password(SERVICE, _entry(profile)))
    except KeyringError:
        return False
    return kept == key.hex()


def _forget(backend: KeyringBackend, profile: Profile) -> None:
    from keyring.errors import KeyringError

    if not _entry_file(profile).exists():
        return
    with suppress(KeyringError):
        _answer(lambda: backend.delete_password(SERVICE, _entry(profile)))


def _answer(call: Callable[[], T]) -> T:
    """Wait for the keychain, but not for ever: behind a bus without a screen nobody answers."""
    from keyring.errors import KeyringError

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="keychain", daemon=True).start()
    try:
        return future.result(_PATIENCE)
    except TimeoutError as error:
        raise KeyringError("the keychain does not answer") from error


def _read(path: Path) -> Wrapped:
    try:
        return shapes.read(path.read_bytes(), Wrapped)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise StoreLocked(
            "The wrapped key of this profile is damaged.", f"Restore {path.name} from a backup."
        ) from error


def _write(path: Path, data: bytes) -> None:
    """Replace the file at once and for good: the only copy of the key may be in it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if os.name == "posix":  # NTFS keeps its directory in its own journal
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
