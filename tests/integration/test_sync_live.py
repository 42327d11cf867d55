"""An account that is watched: news, acts and troubles while its threads run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import Pair, eventually, mail, pair

from missive_desktop.domain.account import AccountState
from missive_desktop.domain.act import Deed
from missive_desktop.mail.idle import Wake
from missive_desktop.mail.session import connect
from missive_desktop.store import accounts
from missive_desktop.sync import lines, watch


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    server: DovecotServer = request.getfixturevalue(request.param)
    with pair(server, tmp_path) as made:
        yield made


def state(both: Pair) -> tuple[AccountState, str]:
    row = both.read(lambda c: accounts.get(c, both.account))
    assert row is not None
    return row.state, row.error


def ready(both: Pair) -> bool:
    return state(both)[0] is AccountState.READY


def connections(server: DovecotServer) -> int:
    """Count the connections to the server's ports, as the kernel knows them."""
    ports = {f"{port:04X}" for port in (server.imaps_port, server.imap_port)}
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[2].rpartition(":")[2] in ports and fields[3] == "01":
                count += 1
    return count


def test_the_first_pull_and_then_what_arrives(dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}") for n in range(20)])
        both.sync.start()
        eventually(lambda: ready(both) and len(both.ours()) == 20)
        time.sleep(0.3)  # let it begin to wait
        dovecot.deliver(both.user, mail("news"))
        eventually(lambda: len(both.ours()) == 21, 30)
        arrived = {m for change in both.changes for m in change.arrived}
        assert arrived == {both.message("news")}


def test_acts_are_told_at_once(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}") for n in range(3)])
    both.sync.start()
    eventually(lambda: ready(both) and len(both.ours()) == 3)
    both.act(Deed.ARCHIVE, "one 0")
    both.act(Deed.STAR, "one 1")
    both.sync.poke()
    eventually(lambda: both.queued() == 0, 30)
    assert len(both.theirs()) == 2
    both.sync.sync_once()
    both.assert_same()


def test_acts_need_no_watching(both: Pair) -> None:
    both.server.append(both.user, mail("one"))
    both.sync.sync_once()
    both.act(Deed.STAR, "one")
    both.sync.poke()
    eventually(lambda: both.queued() == 0, 30)


def test_acts_and_news_while_much_is_pulled(dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}", "x" * 9000) for n in range(400)])
        most = [0]
        done = threading.Event()

        def count() -> None:
            while not done.wait(0.02):
                most[0] = max(most[0], connections(dovecot))

        counter = threading.Thread(target=count)
        counter.start()
        both.sync.start()
        eventually(lambda: "INBOX" in both.folders() and len(both.ours()) >= 50)
        dovecot.deliver(both.user, mail("news"))
        both.act(Deed.ARCHIVE, "one 399")
        both.sync.poke()
        eventually(lambda: both.queued() == 0 and len(both.ours()) == 400, 30)
        eventually(lambda: ready(both))
        done.set()
        counter.join()
        both.sync.sync_once()
        both.assert_same()
        assert 0 < most[0] <= lines.MOST


def test_a_server_that_goes_and_comes_back(mortal_dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(mortal_dovecot, tmp_path) as both:
        mortal_dovecot.append(both.user, [mail(f"one {n}") for n in range(3)])
        both.sync.start()
        eventually(lambda: ready(both) and len(both.ours()) == 3)
        mortal_dovecot.kill()
        both.act(Deed.STAR, "one 0")
        both.sync.poke()
        time.sleep(0.5)
        assert both.queued() == 1
        mortal_dovecot.start()
        mortal_dovecot.deliver(both.user, mail("news"))
        eventually(lambda: both.queued() == 0 and len(both.ours()) == 4, 30)
        assert not both.troubles


def test_after_suspend_it_connects_anew(dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, mail("one"))
        both.sync.start()
        eventually(lambda: ready(both) and len(both.ours()) == 1)
        time.sleep(0.3)
        both.sync.woke_up()
        dovecot.deliver(both.user, mail("news"))
        eventually(lambda: len(both.ours()) == 2, 30)
        time.sleep(0.5)
        dovecot.deliver(both.user, mail("more"))
        eventually(lambda: len(both.ours()) == 3, 30)


def test_stops_at_once(both: Pair) -> None:
    both.server.append(both.user, [mail(f"one {n}", "x" * 20000) for n in range(300)])
    both.sync.start()
    eventually(lambda: "INBOX" in both.folders() and bool(both.ours()))
    begun = time.monotonic()
    both.sync.stop()
    assert time.monotonic() - begun < 10  # not until what is awaited of the server has come
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {f"{kind}-{both.account}" for kind in ("sync", "acts", "idle", "send")}
    eventually(lambda: connections(both.server) == 0, 30)
    both.restart()
    both.sync.sync_once()
    both.assert_same()


def test_a_wrong_password_is_said_once(dovecot: DovecotServer, tmp_path: Path) -> None:
    with pair(dovecot, tmp_path) as both:
        both.writer.run(lambda c, ch: accounts.set_secret(c, both.account, "wrong"))
        both.restart()
        both.sync.start()
        eventually(lambda: state(both)[0] is AccountState.REFUSED)
        time.sleep(0.5)
        assert len(both.troubles) == 1
        assert state(both)[1] == str(both.troubles[0])


def test_without_idle_it_asks(plain_dovecot: DovecotServer) -> None:
    user = plain_dovecot.new_user()
    stop, news = threading.Event(), threading.Event()
    told: list[float] = []

    def tell() -> None:
        told.append(time.monotonic())
        news.set()

    wake = Wake()
    with connect(plain_dovecot.settings(user), user.password, timeout=10) as session:
        thread = threading.Thread(
            target=watch.watch, args=(session, "INBOX", wake, stop, tell), kwargs={"ask": 0.1}
        )
        thread.start()
        eventually(lambda: len(told) == 1)  # at the beginning
        plain_dovecot.deliver(user, mail("news"))
        eventually(lambda: len(told) == 2, 30)
        stop.set()
        thread.join(30)
    wake.close()
