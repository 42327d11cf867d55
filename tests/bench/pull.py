"""The full pull, what can be seen while it runs, and the syncs after it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import statistics
import time
from collections.abc import Callable

from tests.bench import peers
from tests.bench.mailbox import Mailbox
from tests.bench.report import (
    Report,
    children,
    cpu_seconds,
    peak_megabytes,
    percentile,
    timed,
    tree_size,
)
from tests.bench.server import SHARES, Ground, ground

from missive_desktop.domain.folder import Role
from missive_desktop.engine import client
from missive_desktop.engine.protocol import AddAccount, Sync
from missive_desktop.profile import Profile
from missive_desktop.store import conversations, database, folders

KEY = bytes(range(32))
ROUNDS = 3
GROWTH = (1_000, 5_000)


class Listing:
    """What the window does meanwhile: list the 50 newest of the inbox, again and again."""

    def __init__(self, profile: Profile) -> None:
        self._reader = database.open_reader(database.create_or_open(profile, KEY))
        self.first_fifty = 0.0
        self.times: list[float] = []
        self.peak = 0.0

    async def watch(self, engine: int) -> None:
        """List every 15 ms until cancelled; the first moment with 50 messages is kept."""
        start = time.perf_counter()
        while True:
            if len(self.times) % 50 == 0:
                self._weigh(engine)
            begin = time.perf_counter()
            inboxes = [row.id for row in folders.by_role(self._reader, Role.INBOX)]
            page = conversations.page(self._reader, inboxes, limit=50)
            rows = conversations.rows(self._reader, [conversation for _, conversation in page])
            self.times.append((time.perf_counter() - begin) * 1000)
            # Fifty messages fill fewer rows where they belong together.
            if not self.first_fifty and sum(row.messages for row in rows.values()) >= 50:
                self.first_fifty = time.perf_counter() - start
            await asyncio.sleep(0.015)

    def _weigh(self, engine: int) -> None:
        """Note the most memory that the engine and what it started have had together."""
        with contextlib.suppress(OSError, IndexError):  # some have just ended
            pids = [engine, *children(engine)]
            self.peak = max(self.peak, sum(peak_megabytes(pid) for pid in pids))


async def _pull(site: Ground, profile: Profile) -> dict[str, float]:
    """Add the account to a new profile and wait until all is there."""
    engine = await client.connect(profile, KEY)
    listing = Listing(profile)
    watching = asyncio.create_task(listing.watch(engine.pid))
    with timed() as watch:
        await engine.call(
            AddAccount(settings=site.server.settings(site.user), secret=site.user.password)
        )
        await _settled(engine)
    watching.cancel()
    await asyncio.wait([watching])
    out = {
        "seconds": watch.seconds,
        "cpu": cpu_seconds(engine.pid),
        "peak": listing.peak,
        "first": listing.first_fifty,
        "p99": percentile(listing.times, 0.99),
    }
    await engine.close()
    out["size"] = float(tree_size(profile.directory))
    return out


async def _settled(engine: client.EngineClient) -> None:
    answer = await engine.call(Sync())
    assert not any(account["error"] for account in answer["accounts"]), answer


def _stored(profile: Profile) -> int:
    reader = database.open_reader(database.create_or_open(profile, KEY))
    count: int = reader.execute("SELECT count(*) FROM messages").fetchone()[0]
    reader.close()
    return count


def run(report: Report, messages: int = 20_000) -> None:
    """Measure the pull of a mailbox in rounds, each with the bare drain beside it."""
    for smaller in GROWTH:
        if smaller < messages:
            _grow(report, smaller)
    with ground(messages) as site:
        peer = _peer_pull(site) if peers.available("mbsync", "mu") else 0.0
        ours: list[dict[str, float]] = []
        drains: list[float] = []
        for number in range(ROUNDS):
            drains.append(peers.drain_seconds(site.login, list(SHARES)))
            profile = Profile(site.room / f"profile-{number}")
            ours.append(asyncio.run(_pull(site, profile)))
            assert _stored(profile) == messages
            if number < ROUNDS - 1:
                shutil.rmtree(profile.directory)
        _report_pull(report, site, ours, drains, peer)
        asyncio.run(_syncs(report, site, profile))


def _grow(report: Report, messages: int) -> None:
    """Say what a person waits for on a smaller mailbox: it must not grow with the mailbox."""
    with ground(messages) as site:
        profile = Profile(site.room / "profile")
        ours = asyncio.run(_pull(site, profile))
        report.add(f"{messages:,} messages: full pull", ours["seconds"], "s")
        report.add("… first 50 messages of the inbox visible", ours["first"], "s", 1.0)
        report.add("… listing 50 newest during the pull, p99", ours["p99"], "ms", 10)
        seconds = asyncio.run(_unchanged(profile))
        report.add("… sync, nothing changed", seconds, "s")


async def _unchanged(profile: Profile) -> float:
    engine = await client.connect(profile, KEY)
    await _settled(engine)
    taken = []
    for _ in range(ROUNDS):
        with timed() as watch:
            await _settled(engine)
        taken.append(watch.seconds)
    await engine.close()
    return statistics.median(taken)


def _peer_pull(site: Ground) -> float:
    folder = site.room / "mbsync"
    mbsync = peers.Mbsync(folder, site.login)
    pulled = mbsync.seconds()
    indexed = peers.mu_index_seconds(mbsync.mail, folder)
    print(f"# mbsync {pulled:.1f} s + mu index {indexed:.1f} s", flush=True)
    return pulled + indexed


def _report_pull(
    report: Report,
    site: Ground,
    ours: list[dict[str, float]],
    drains: list[float],
    peer: float,
) -> None:
    def median(name: str) -> float:
        return statistics.median(one[name] for one in ours)

    count = f"{site.messages:,} messages, {site.bytes / 1e6:.0f} MB"
    full = site.messages >= 20_000
    report.add(f"full pull of {count}", median("seconds"), "s")
    if peer:
        report.add("… against mbsync + mu index", median("seconds") / peer, "ratio", 0.3)
    ratios = [one["seconds"] / drain for one, drain in zip(ours, drains, strict=True)]
    report.add("… against the bare drain of all bodies", statistics.median(ratios), "ratio", 3.0)
    report.add("… CPU of the engine", median("cpu"), "s", 24 if full else None)
    report.add("… peak memory of the engine", max(o["peak"] for o in ours), "MiB", 400)
    report.add("… store against the raw mail", median("size") / site.bytes, "ratio", 0.65)
    report.add("first 50 messages of the inbox visible", median("first"), "s", 1.0)
    report.add("listing 50 newest during the pull, p99", median("p99"), "ms", 10)


async def _syncs(report: Report, site: Ground, profile: Profile) -> None:
    """Sync again with nothing changed, then with 100 new and 100 flag changes, beside mbsync."""
    engine = await client.connect(profile, KEY)
    await _settled(engine)
    mbsync = _mbsync_again(site)
    await _compare(report, "sync, nothing changed", engine, mbsync, lambda: None)
    changes = iter(range(ROUNDS))
    await _compare(
        report,
        "sync, 100 new and 100 flag changes",
        engine,
        mbsync,
        lambda: _change(site, next(changes)),
    )
    await engine.close()


def _mbsync_again(site: Ground) -> Callable[[], float] | None:
    config = site.room / "mbsync" / "mbsyncrc"
    if not config.exists():
        return None

    def seconds() -> float:
        with timed() as watch:
            status = os.spawnlp(os.P_WAIT, "mbsync", "mbsync", "-c", str(config), "-q", "all")
        assert status == 0
        return watch.seconds

    return seconds


async def _compare(
    report: Report,
    name: str,
    engine: client.EngineClient,
    mbsync: Callable[[], float] | None,
    change: Callable[[], None],
) -> None:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        change()
        with timed() as watch:
            await _settled(engine)
        ours.append(watch.seconds)
        if mbsync:
            theirs.append(mbsync())
    report.add(name, statistics.median(ours), "s")
    if theirs:
        ratio = statistics.median(o / t for o, t in zip(ours, theirs, strict=True))
        report.add("… against mbsync", ratio, "ratio", 1.0)


def _change(site: Ground, number: int) -> None:
    fresh = Mailbox(1000, seed=1000 + number)
    site.server.append(site.user, [fresh[i].raw for i in range(100)])
    with site.server.client(site.user, "INBOX") as other:
        first = 1 + 100 * number
        other.store(f"{first}:{first + 99}", "+FLAGS", "(\\Flagged)")
