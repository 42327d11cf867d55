"""What a search asks for, as values: the tree that `domain.query` reads from text.

It knows how to be written as text again and which words to mark; not how it is answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from missive_desktop.domain.tokens import searchable

TextField = Literal["", "from", "to", "cc", "subject", "body", "filename"]
PlaceKind = Literal["in", "label", "account"]
State = Literal[
    "unread", "read", "starred", "answered", "draft", "tracked",
    "open", "closed", "mine", "unassigned", "snoozed",  # of shared inboxes
]  # fmt: skip
DateOperator = Literal["before", "after", "on"]
SizeOperator = Literal["larger", "smaller"]

QUOTES = '"“”„‟«»'
_PLAIN = re.compile(rf"[^\s{QUOTES}()*:\-][^\s{QUOTES}()*:]*")
RESERVED = frozenset({"OR", "AND", "NOT"})


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase in a field ("": in any); with `prefix` its last word may go on."""

    field: TextField
    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, label or account by name. Where it stood in the text serves complaints only."""

    kind: PlaceKind
    name: str
    position: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    state: State


@dataclass(frozen=True, slots=True)
class TrackedBy:
    """Who would have learned that it was read: the beginning of a company's name or a host."""

    name: str


@dataclass(frozen=True, slots=True)
class HasAttachment:
    pass


@dataclass(frozen=True, slots=True)
class Said:
    """Something that members of a space said of it: a comment or a task."""

    kind: Literal["comment", "task"]


@dataclass(frozen=True, slots=True)
class Assigned:
    """To whom it is assigned in a shared inbox: a name or address, "me" or "none"."""

    name: str
    position: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Dated:
    """`when` is as `domain.query_dates` understands it: resolved only when the search runs."""

    operator: DateOperator
    when: str


@dataclass(frozen=True, slots=True)
class Sized:
    operator: SizeOperator
    size: int


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple[Node, ...]


Node: TypeAlias = (
    Text | Place | Is | TrackedBy | HasAttachment | Said | Assigned | Dated | Sized | Not | And | Or
)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search; without a root it asks for nothing."""

    root: Node | None = None


def conjunction(nodes: list[Node]) -> Node | None:
    """Join nodes that must all hold; nested ones are laid flat."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, And) else (node,))
    return And(tuple(flat)) if len(flat) > 1 else (flat[0] if flat else None)


def disjunction(nodes: list[Node]) -> Node:
    """Join nodes of which one must hold; nested ones are laid flat."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, Or) else (node,))
    return Or(tuple(flat)) if len(flat) > 1 else flat[0]


def write(query: Query) -> str:
    """Return the query as text that reads as the same query."""
    if query.root is None:
        return ""
    if isinstance(query.root, And):
        return " ".join(_write(node) for node in query.root.nodes)
    return _write_or(query.root) if isinstance(query.root, Or) else _write(query.root)


def _write(node: Node) -> str:
    """Write a node so that it can stand beside others."""
    match node:
        case Text(name, text, prefix):
            return (f"{name}:" if name else "") + _quoted(text, prefix)
        case Place(kind, name):
            return f"{kind}:{_quoted(name, False)}"
        case Is(state):
            return f"is:{state}"
        case TrackedBy(name):
            return f"tracker:{_quoted(name, False)}"
        case HasAttachment():
            return "has:attachment"
        case Said(kind):
            return f"has:{kind}"
        case Assigned(name):
            return f"assignee:{_quoted(name, False)}"
        case Dated(operator, when):
            return f"{operator}:{when}"
        case Sized(operator, size):
            return f"{operator}:{_write_size(size)}"
        case Not(Not() as inner):
            return f"-({_write(inner)})"
        case Not(inner):
            return f"-{_write(inner)}"
        case And(nodes):
            return f"({' '.join(_write(each) for each in nodes)})"
        case Or():
            return f"({_write_or(node)})"


def _write_or(node: Or) -> str:
    return " OR ".join(_write(each) for each in node.nodes)


def _quoted(text: str, prefix: bool) -> str:
    star = "*" if prefix else ""
    if (_PLAIN.fullmatch(text) and text not in RESERVED) or (prefix and not text):
        return text + star
    return '"' + re.sub(f"[{QUOTES}]", " ", text) + '"' + star


def _write_size(size: int) -> str:
    for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)):
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def texts(query: Query) -> tuple[Text, ...]:
    """Return the words and phrases that are asked for, not those that are ruled out."""
    found: dict[Text, None] = {}

    def gather(node: Node | None) -> None:
        match node:
            case Text(_, text) if searchable(text):
                found[node] = None
            case And(nodes) | Or(nodes):
                for each in nodes:
                    gather(each)
            case _:
                pass

    gather(query.root)
    return tuple(found)


def words(query: Query) -> tuple[tuple[str, bool], ...]:
    """Return what to mark in the results: the words, and which are only beginnings."""
    return tuple(dict.fromkeys((each.text, each.prefix) for each in texts(query)))
