"""A storm: members' devices as processes, nodes, a database, and a nemesis that harms all of them.

`Storm` sets a team up, lets its members act while faults come, heals, waits until all is at rest,
and says what broke a rule (`tests.verdicts`). Its chance comes from one seed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from tests import histories, verdicts
from tests.histories import Diary
from tests.servers import storm_view
from tests.servers.mates import Link, Mate
from tests.servers.missive_server import TeamServer
from tests.servers.organization import Member, Office
from tests.servers.soak import rounds
from tests.servers.storm_member import Order
from tests.servers.storm_view import Copy
from tests.verdicts import Remains

from missive_desktop.errors import KnownError
from missive_desktop.team.keys.blobs import key_of
from missive_wire import limits
from missive_wire.ids import space_scope

ROOT = Path(__file__).parents[2]
POINTS = ("", "", "kept", "numbered", "sent", "taken", "read", "up", "down")
LARGEST = limits.BLOB_PART * 3 // 2 if rounds(1) > 1 else 0
_CALM = 90.0


class WrongServer(TeamServer):
    """A node whose clock can be set wrong."""

    def __init__(self, folder: Path, *flags: str) -> None:
        super().__init__(folder, "--rate", "1000000", "--rate-unknown", "1000000", *flags)
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}

    def command(self, *arguments: str) -> list[str]:
        if arguments[0] != "serve":
            return super().command(*arguments)
        return [sys.executable, "-m", "tests.servers.wrong_clock", str(self.clock), *arguments]

    def signal(self, which: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(which)

    @property
    def runs(self) -> bool:
        return self._process is not None


class Device:
    """A member's device: a process that can die at any time, and the way it goes to a node."""

    def __init__(
        self, folder: Path, stores: Path, name: str, member: Member, root: bytes, node: int
    ) -> None:
        self.name, self.member, self.directory = name, member, stores / name
        self.link = Link(node)
        mate = Mate(self.directory, member, root, f"http://localhost:{self.link.port}")
        mate.close()
        self.diary, self.clock = folder / f"{name}.history", folder / f"{name}.clock"
        self.clock.write_text("0")
        self.copy = Copy(self.directory)
        self.mailbox = ("", "")  # the shared inbox's address, and one that is written to
        self._process: subprocess.Popen[str] | None = None
        self._said = folder / f"{name}.log"

    def start(self, scope: str, people: dict[str, str], seed: str, die: str, after: int) -> None:
        self.end()
        order = Order(
            self.name, str(self.directory), str(self.diary), scope, self.member.me.user, seed,
            die=die, after=after, clock=str(self.clock), people=people, mailbox=self.mailbox,
            largest=LARGEST,
        )  # fmt: skip
        self._run("tests.servers.storm_member", msgspec.json.encode(order).decode())

    def _run(self, module: str, *arguments: str) -> None:
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        with self._said.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE,
                stdout=log, stderr=log, text=True, cwd=ROOT,
                env=os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "error"},
            )  # fmt: skip

    @property
    def acted(self) -> bool:
        """Tell whether the member did something on it."""
        return self.diary.exists() and b'"f":"do"' in self.diary.read_bytes()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def say(self, words: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(f"{words}\n")
                self._process.stdin.flush()

    def signal(self, which: signal.Signals) -> None:
        if self.alive and self._process is not None:
            self._process.send_signal(which)

    def end(self) -> None:
        """Let it end in its own time."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.send_signal(signal.SIGCONT)
            self._ask_to_end(process)
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask_to_end(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        process.stdin.write("end\n")

    def said(self) -> str:
        return self._said.read_text() if self._said.exists() else ""


@dataclass
class Storm:
    """A team on some nodes. `nodes[0]` founds it."""

    folder: Path
    nodes: list[WrongServer]
    chance: random.Random
    kill_database: Callable[[], None] | None = None
    stores: Path | None = None  # where devices keep what they have, if not in `folder`
    names: tuple[str, ...] = ("ben", "cid")  # who joins the owner, Ana
    members: dict[str, Member] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.diary = Diary(self.folder / "nemesis.history", "nemesis")
        self.office = Office(self.nodes[0])
        owner, root = self.office.founded("ana@example.com")
        self.root = root.public.fingerprint
        self.space = owner.space(self.root)
        self.scope = space_scope(self.space)
        self.members["ana"] = owner
        for name in self.names:
            link = owner.invited(self.root, (self.space,))
            self.members[name] = self.office.joined(link, f"{name}@example.com")
            self._joined(name)
        self.people = storm_view.named(self.members)
        for n, (name, member) in enumerate(self.members.items()):
            self.devices[name] = self._device(name, member, self.nodes[n % len(self.nodes)])
        self.missing: list[str] = []  # files that cannot be had in the end
        self.seated = True
        self.saved: Path | None = None
        self._lives = 0
        self.fate = random.Random(self.chance.random())  # lives end at any time, faults go on

    def _joined(self, name: str) -> None:
        """Somebody is in."""

    def _device(self, name: str, member: Member, node: WrongServer) -> Device:
        stores = self.stores or self.folder
        return Device(self.folder, stores, name, member, self.root, node.port)

    def close(self) -> None:
        for device in self.devices.values():
            device.signal(signal.SIGCONT)
            device.end()
            device.link.close()
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.kill()
        self.office.close()
        self.diary.close()

    # --- what happens ------------------------------------------------------------------------

    def begin(self) -> None:
        """Start all devices, and wait until each member does something."""
        for device in self.devices.values():
            self.life(device)
        end = time.monotonic() + _CALM
        while not all(device.acted for device in self.devices.values()):
            assert time.monotonic() < end, self._logs()
            self._revive()
            time.sleep(0.05)

    def life(self, device: Device) -> None:
        """Start a device once more; somewhere it may kill itself."""
        self._lives += 1
        point, after = self.fate.choice(POINTS), self.fate.randrange(6)
        seed = f"{self.fate.random()} {self._lives}"
        device.start(self.scope, self.people, seed, point, after)
        device.say("act")

    def note(self, what: str) -> None:
        self.diary.note("info", "fault", what=what)

    def storm(self, faults: int, longest: float) -> None:
        """Do so many faults, each up to so many seconds long."""
        known = {name[6:]: getattr(self, name) for name in dir(self) if name.startswith("fault_")}
        if self.kill_database is None:
            del known["database_killed"]
        names = sorted(known)
        for _ in range(faults):
            name = self.chance.choice(names)
            length = 0.05 * (longest / 0.05) ** self.chance.random()  # most are short
            self.note(f"{name} {length:.2f}")
            known[name](length)
            time.sleep(self.chance.uniform(0.05, 0.3))
            self._revive()

    def _revive(self) -> None:
        for device in self.devices.values():
            if not device.alive:
                self.note(f"{device.name} lives again")
                self.life(device)

    def one(self) -> Device:
        return self.chance.choice(list(self.devices.values()))

    def fault_node_killed(self, length: float) -> None:
        node = self.chance.choice(self.nodes)
        node.kill()
        time.sleep(length / 2)
        node.start()

    def fault_node_stopped(self, length: float) -> None:
        node = self.chance.choice(self.nodes)
        node.signal(signal.SIGSTOP)
        time.sleep(length)
        node.signal(signal.SIGCONT)

    def fault_device_killed(self, length: float) -> None:
        self.one().signal(signal.SIGKILL)
        time.sleep(length / 2)

    def fault_device_stopped(self, length: float) -> None:
        device = self.one()
        device.signal(signal.SIGSTOP)
        time.sleep(length)
        device.signal(signal.SIGCONT)

    def fault_line_reset(self, length: float) -> None:
        self.one().link.reset()

    def fault_line_lost(self, length: float) -> None:
        """One direction is lost, or both."""
        link, way = self.one().link, self.chance.randrange(3)
        link.drop_up, link.drop_down = way != 0, way != 1
        time.sleep(length)
        link.drop_up = link.drop_down = False
        link.reset()

    def fault_line_slow(self, length: float) -> None:
        link = self.one().link
        link.delay = self.chance.uniform(0.01, 0.3)
        time.sleep(length)
        link.delay = 0.0

    def fault_clock(self, length: float) -> None:
        """A wall clock jumps, by up to two days, and back."""
        file = self.chance.choice([*self.nodes, *self.devices.values()]).clock
        file.write_text(str(self.chance.randrange(-172_800_000, 172_800_000)))
        time.sleep(length)
        file.write_text("0")

    def fault_seat(self, length: float) -> None:
        """Take a member out of the space, or let them in again."""
        how = "take" if self.seated else "give"
        self.devices["ana"].say(f"{how} cid {self.members['cid'].me.user}")
        self.seated = not self.seated
        time.sleep(length / 2)

    def fault_database_killed(self, length: float) -> None:
        assert self.kill_database is not None
        self.kill_database()

    def back_up(self) -> None:
        self.saved = self.folder / f"saved {self._lives}"
        _administer(self.nodes[0], "backup", str(self.saved))
        self.note("backup")

    def restore(self) -> None:
        """Set the server back to the backup, while the members go on."""
        assert self.saved is not None
        for node in self.nodes:
            node.kill()
        _administer(self.nodes[0], "restore", str(self.saved), "--replace")
        self.note("restore")
        for node in self.nodes:
            node.start()

    # --- the end -----------------------------------------------------------------------------

    def heal(self) -> None:
        """Mend all, and wait until nothing is under way."""
        self.note("healed")
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.clock.write_text("0")
            if not node.runs:
                node.start()
        for device in self.devices.values():
            device.signal(signal.SIGCONT)
            device.clock.write_text("0")
            device.link.drop_up = device.link.drop_down = False
            device.link.delay = 0.0
            device.end()
            self._lives += 1
            device.start(self.scope, self.people, f"{self._lives}", "", 0)
        self._settle()

    def _settle(self) -> None:
        """Wait for as long as it comes nearer to rest: a busy machine needs longer."""
        begun = end = time.monotonic()
        calm, before = 0, [""]
        while calm < 3:
            wrong = self._restless()
            calm = 0 if wrong else calm + 1
            if wrong != before:
                before, end = wrong, min(time.monotonic(), begun + 9 * _CALM) + _CALM
            if time.monotonic() > end:
                raise AssertionError("\n".join([*wrong, *self._logs()]))
            time.sleep(0.2)

    def _restless(self) -> list[str]:
        found = []
        for name, device in self.devices.items():
            calls, me = device.member.calls, device.member.me.device.id
            try:
                heads = {
                    scope: storm_view.position(calls, me, scope)
                    for scope in storm_view.scopes_of(calls, me)
                }
            except KnownError as error:
                found.append(f"{name}: {error}")
                continue
            if words := device.copy.at_rest(heads):
                found.append(f"{name} {words}")
            assert device.alive, f"{name} ended with {device.code}: {device.said()}"
        return found

    def _logs(self) -> list[str]:
        for device in self.devices.values():
            device.signal(signal.SIGUSR1)
        time.sleep(0.5)
        return [f"{d.name}: {d.said()[-9000:]}" for d in self.devices.values()]

    def judged(self) -> list[str]:
        """End all devices; say what broke a rule."""
        remains = self._ended()
        history = histories.read(sorted(self.folder.glob("*.history")))
        wrong = verdicts.all_of(history, remains)
        crashed = [
            f"{d.name}: {d.said()}" for d in self.devices.values() if "Traceback" in d.said()
        ]
        bugs = [
            f"node {n}: {event}"
            for n, node in enumerate(self.nodes)
            for event in node.events()
            if event.get("event") == "bug"
        ]
        return [*wrong, *self.missing, *crashed, *bugs]

    def _ended(self) -> Remains:
        """End all devices and read what remains; anew where the server wrote a checkpoint since."""
        while True:
            for device in self.devices.values():
                device.end()
            remains = self._remains()
            heads = {name: (scope.e, scope.head) for name, scope in remains.server.items()}
            if all(
                not device.copy.at_rest(
                    {n: at for n, at in heads.items() if name in remains.server[n].readers}
                )
                for name, device in self.devices.items()
            ):
                return remains
            self.heal()

    def _remains(self) -> Remains:
        readers: dict[str, set[str]] = {}
        for name, member in self.members.items():
            for scope in storm_view.scopes_of(member.calls, member.me.device.id):
                readers.setdefault(scope, set()).add(name)
        server = {}
        for scope, names in readers.items():
            member = self.members[min(names)]
            server[scope] = storm_view.server_scope(
                member.calls, member.me.device.id, scope, frozenset(names)
            )
        clients = {
            name: device.copy.replica(self._anew(device)) for name, device in self.devices.items()
        }
        return Remains(server, clients)

    def _anew(self, device: Device) -> dict[str, object]:
        """Return what the same person would see on a device that begins now."""
        directory = self.folder / f"{device.name} anew {self._lives}"
        mate = Mate(directory, device.member, self.root, self.nodes[0].url)
        try:
            mate.start()
            calls, me = device.member.calls, device.member.me.device.id
            end = time.monotonic() + _CALM
            copy = Copy(directory)
            while words := copy.at_rest(
                {s: storm_view.position(calls, me, s) for s in storm_view.scopes_of(calls, me)}
            ):
                assert time.monotonic() < end, words
                time.sleep(0.1)
            self.missing += [f"{device.name} {words}" for words in _missing(mate, self.scope)]
        finally:
            mate.close()
        return copy.everything()


def _administer(node: WrongServer, *arguments: str) -> None:
    """Run a command on the data of a node."""
    place = ["--data", str(node.data)]
    for name, value in itertools.pairwise(node.flags):
        place += [name, value] if name in ("--database", "--blobs") else []
    done = subprocess.run(
        node.command(*arguments, *place), env=node.environment,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _missing(mate: Mate, space: str) -> Iterator[str]:
    """Fetch all files of a space; say of which ones that fails."""
    scope = mate.scope(space)
    for one in mate.rows(space, "msg").values() if scope is not None else ():
        if scope is None or one.op != "put" or not one.h.get("blob"):
            continue
        key = key_of(msgspec.json.decode(one.body)["key"])
        try:
            mate.team.files.bytes_of(scope.account, space, one.h["blob"], key, one.id)
        except KnownError as error:
            yield f"cannot have the file of {one.id}: {error}"
