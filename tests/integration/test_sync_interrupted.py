"""A pull that is cut off anywhere goes on where it was; nothing is fetched twice."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import mail, ours, pair
from tests.servers.scripted import Handler, Peer, ScriptedServer, imap

from missive_desktop.errors import KnownError, Offline
from missive_desktop.store import skipped


def test_the_connection_is_cut_in_the_middle(mortal_dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(mortal_dovecot, tmp_path) as both:
        mortal_dovecot.append(both.user, [mail(f"one {n}", "x" * 30000) for n in range(600)])
        seen: list[int] = []

        def progress(folder: str, done: int, total: int) -> None:
            seen.append(done)
            if done >= 100 and len(seen) < 1000:
                seen.extend([0] * 1000)
                mortal_dovecot.kill()

        with pytest.raises(Offline):
            both.sync.sync_once(progress)
        kept = len(both.ours())
        assert 100 <= kept < 600
        mortal_dovecot.start()
        begun: list[int] = []
        both.sync.sync_once(lambda folder, done, total: begun.append(done))
        assert begun[0] >= kept
        both.assert_same()


def test_stopped_and_gone_on_many_times(dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}", "x" * 9000) for n in range(500)])
        for tenth in range(1, 6):
            timer = threading.Timer(tenth * 0.04, both.sync.stop)
            timer.start()
            with contextlib.suppress(KnownError):
                both.sync.sync_once()
            timer.join()
            both.restart()
        both.sync.sync_once()
        both.assert_same()
        packed = both.read(lambda c: c.execute("SELECT count(*) FROM raws").fetchone()[0])
        assert packed == 500


def test_stopping_waits_for_a_round_of_somebody_else(
    dovecot: DovecotServer, tmp_path: Path
) -> None:
    """A wish to sync runs in a thread of its own: what it still uses is not taken from it."""
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}") for n in range(60)])
        inside, go_on = threading.Event(), threading.Event()

        def progress(folder: str, done: int, total: int) -> None:
            if done:
                inside.set()
                go_on.wait(60)

        def sync() -> None:
            with contextlib.suppress(KnownError):
                both.sync.sync_once(progress)

        syncing, stopping = threading.Thread(target=sync), threading.Thread(target=both.sync.stop)
        syncing.start()
        assert inside.wait(60)
        stopping.start()
        stopping.join(0.2)
        assert both.sync._pass_line._session is not None
        assert both.sync._pass_packs._file is not None
        go_on.set()
        syncing.join(60)
        stopping.join(60)
        assert both.sync._pass_line._session is None
        assert both.sync._pass_packs._file is None


def _mailbox(fetch: Handler) -> Callable[[Peer], None]:
    def listed(peer: Peer, tag: str, arguments: str) -> None:
        peer.send('* LIST () "/" INBOX', f"{tag} OK")

    def status(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* STATUS INBOX (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7)", f"{tag} OK")

    def select(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* 5 EXISTS", "* OK [UIDVALIDITY 7]", "* OK [UIDNEXT 6]", f"{tag} OK")

    def search(peer: Peer, tag: str, arguments: str) -> None:
        peer.send("* SEARCH 1 2 3 4 5", f"{tag} OK")

    return imap(
        {
            "LIST": listed,
            "STATUS": status,
            "SELECT": select,
            "EXAMINE": select,
            "UID SEARCH": search,
            "UID FETCH": fetch,
        }
    )


def _asked(arguments: str) -> list[int]:
    wanted: list[int] = []
    for part in arguments.split(" ")[0].split(","):
        low, _, high = part.partition(":")
        wanted += range(int(low), (5 if high == "*" else int(high or low)) + 1)
    return wanted


@pytest.mark.parametrize("garbage", [True, False])
def test_one_message_that_breaks_the_connection_is_marked(
    scripted: Callable[..., ScriptedServer], tmp_path: Path, garbage: bool
) -> None:
    def fetch(peer: Peer, tag: str, arguments: str) -> None:
        for uid in _asked(arguments):
            if uid == 3 and "BODY" in arguments:
                if garbage:
                    peer.send(b"\x00\xff what is this")
                peer.close()
                return
            raw = mail(f"one {uid}")
            if "BODY" in arguments:
                peer.send(f"* {uid} FETCH (UID {uid} FLAGS () BODY[] {{{len(raw)}}}")
                peer.raw(raw + b")\r\n")
            else:
                peer.send(f"* {uid} FETCH (UID {uid} FLAGS ())")
        peer.send(f"{tag} OK")

    server = scripted(_mailbox(fetch))
    with ours(tmp_path, server.settings(), "secret") as here:
        end = time.monotonic() + 60
        while True:
            try:
                here.sync.sync_once()
                break
            except KnownError:
                assert time.monotonic() < end
        assert sorted(here.ours()) == [1, 2, 4, 5]
        assert 3 in here.read(lambda c: skipped.for_folder(c, here.folder()))
