"""Where an engine and later clients meet: a local socket, its published address, the proof.

Both sides prove that they hold the store key (HMAC-SHA256 over fresh nonces of both) without
showing it. Every wait has an end, so a hung engine cannot hang its clients.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Listener
from pathlib import Path

import msgspec

from missive_desktop.engine.channel import SocketChannel
from missive_desktop.errors import EngineGone, PeerBroken, disk_trouble
from missive_desktop.profile import Profile
from missive_wire import shapes

_PATIENCE = 5.0  # seconds for each step of the proof
_SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux
_NONCE = 32
_PAUSE = 0.2


class Published(msgspec.Struct, frozen=True):
    """What stands in the profile's address file."""

    address: str
    pid: int


def secret(key: bytes) -> bytes:
    """Derive what is proved from the store key, so the proof says nothing about the key."""
    return hmac.digest(key, b"missive engine rendezvous 1", hashlib.sha256)


def read_address(profile: Profile) -> Published | None:
    try:
        return shapes.read(profile.address.read_bytes(), Published)
    except (OSError, msgspec.DecodeError):
        return None


def reach(profile: Profile, key: bytes) -> SocketChannel | None:
    """Connect to the engine that runs for this profile; None when there is none."""
    published = read_address(profile)
    if published is None:
        return None
    try:
        channel = SocketChannel(Client(published.address))
    except OSError:
        return None
    try:
        prove_as_client(channel, secret(key))
    except (EOFError, OSError, PeerBroken):
        channel.close()
        channel.close_incoming()
        return None
    except EngineGone:
        channel.close()
        channel.close_incoming()
        raise
    return channel


def prove_as_client(channel: SocketChannel, shared: bytes) -> None:
    theirs = _receive(channel)
    ours = os.urandom(_NONCE)
    channel.send(ours + _proof(shared, b"client", theirs, ours))
    if not hmac.compare_digest(_receive(channel), _proof(shared, b"engine", theirs, ours)):
        raise PeerBroken("What answered is not this profile's mail engine.")


def prove_as_engine(channel: SocketChannel, shared: bytes) -> None:
    ours = os.urandom(_NONCE)
    channel.send(ours)
    answer = _receive(channel)
    theirs, proof = answer[:_NONCE], answer[_NONCE:]
    if not hmac.compare_digest(proof, _proof(shared, b"client", ours, theirs)):
        raise PeerBroken("A client without this profile's key.")
    channel.send(_proof(shared, b"engine", ours, theirs))


def _proof(shared: bytes, who: bytes, engine_nonce: bytes, client_nonce: bytes) -> bytes:
    return hmac.digest(shared, who + engine_nonce + client_nonce, hashlib.sha256)


def _receive(channel: SocketChannel) -> bytes:
    if not channel.wait(_PATIENCE):
        raise EngineGone(
            "The mail engine of this profile does not answer.",
            "End the program that runs with this profile, then try again.",
        )
    return channel.receive()


class Door:
    """The engine's side: listens, lets in who proves the key, takes the address away at the end.

    Opened only under the profile's lock, so whatever lies at the address is a dead engine's.
    """

    def __init__(
        self, profile: Profile, key: bytes, admit: Callable[[SocketChannel], None]
    ) -> None:
        self._profile = profile
        self._shared = secret(key)
        self._admit = admit
        self._closed = False
        self._folder: Path | None = None
        try:
            self._listener = self._listen()
            self._address = str(self._listener.address)
            _publish(profile, Published(self._address, os.getpid()))
        except OSError as error:
            raise disk_trouble(error) from error
        self._thread = threading.Thread(target=self._accept, name="door", daemon=True)
        self._thread.start()

    def _listen(self) -> Listener:
        if os.name != "posix":
            return Listener(None, "AF_PIPE", backlog=16)
        path = self._profile.directory / "engine.socket"
        if len(os.fsencode(path)) > _SOCKET_PATH_LIMIT:
            self._folder = Path(tempfile.mkdtemp(prefix="missive-"))  # 0700, ours alone
            path = self._folder / "engine.socket"
        path.unlink(missing_ok=True)
        return Listener(str(path), "AF_UNIX", backlog=16)

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except OSError:
                time.sleep(_PAUSE)  # out of descriptors, say: it may be over soon
                continue
            channel = SocketChannel(connection)
            threading.Thread(target=self._check, args=(channel,), daemon=True).start()

    def _check(self, channel: SocketChannel) -> None:
        try:
            prove_as_engine(channel, self._shared)
        except (EOFError, OSError, PeerBroken, EngineGone):
            channel.close()
            channel.close_incoming()
            return
        self._admit(channel)

    def close(self) -> None:
        """Take the address away and stop listening."""
        self._closed = True
        self._profile.address.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            Client(self._address).close()  # wakes the thread that waits in accept
        self._thread.join(1.0)
        with contextlib.suppress(OSError):
            self._listener.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _publish(profile: Profile, published: Published) -> None:
    """Write the address at once or not at all, for the owner's eyes."""
    handle, name = tempfile.mkstemp(prefix="engine.address.", dir=profile.directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(published))
        Path(name).replace(profile.address)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
