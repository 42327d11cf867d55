"""What the team of the demo shares: its people, its inboxes, and what was done with their mail.

Read from the resources; decides nothing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from missive_desktop import resources
from missive_desktop.engine.demo import dated
from missive_wire import shapes

ORGANIZATION = "Halden"
OPENED = "order-48213"  # the conversation that is open at first
PLAN = "team.toml"  # in the folders of shared inboxes


class Person(NamedTuple):
    name: str
    email: str


ANA, BEN, CHIARA = "ana", "ben", "chiara"
PEOPLE = {
    ANA: Person("Ana Ribeiro", "ana@halden.example"),
    BEN: Person("Ben Okafor", "ben@halden.example"),
    CHIARA: Person("Chiara Lombardi", "chiara@halden.example"),
}
LABELS = {"Dealer": "teal", "Warranty": "orange", "Refund": "pink", "Invoice": "blue"}


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: str
    text: str


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A task; it is due in so many days."""

    title: str
    to: str = ""
    days: int = 0


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done with a conversation. `late`: its last mail comes when somebody looks."""

    labels: tuple[str, ...] = ()
    to: str = ""
    state: str = "open"
    unread: bool = False
    late: bool = False
    comments: tuple[Said, ...] = ()
    task: Job | None = None


class Mail(NamedTuple):
    """A raw message and when it came (unix seconds)."""

    raw: bytes
    at: int


class Shared(NamedTuple):
    """A shared inbox."""

    address: str
    name: str
    colour: str
    plans: dict[str, Plan]
    folder: Path

    def mails(self, conversation: str, now: int) -> list[Mail]:
        """Return the mails of a conversation, oldest first."""
        paths = sorted((self.folder / conversation).glob("*.eml"))
        return [Mail(*dated(path.read_bytes(), now)) for path in paths]


def inboxes() -> list[Shared]:
    """Return the shared inboxes, the one with the most conversations first."""
    found = [_shared(path) for path in resources.path("demo").glob(f"*/{PLAN}")]
    return sorted(found, key=lambda each: (-len(each.plans), each.name))


def _shared(path: Path) -> Shared:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    name, colour = str(table.pop("name")), str(table.pop("colour"))
    plans = {key: shapes.convert(value, Plan) for key, value in table.items()}
    return Shared(path.parent.name, name, colour, plans, path.parent)
