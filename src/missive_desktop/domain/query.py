"""The search language: text to a tree. A mistake is pointed at; nothing else is ever raised.

Words and terms beside each other must all hold; OR joins its two neighbours only, so that
`battery from:ann OR from:ben` asks for batteries from either. It knows no folders and no store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import cast, get_args

from missive_desktop.domain.query_dates import read_size, read_when
from missive_desktop.domain.query_tree import (
    QUOTES,
    Assigned,
    Dated,
    DateOperator,
    HasAttachment,
    Is,
    Node,
    Not,
    Place,
    PlaceKind,
    Query,
    Said,
    Sized,
    SizeOperator,
    State,
    Text,
    TextField,
    TrackedBy,
    conjunction,
    disjunction,
)
from missive_desktop.domain.tokens import searchable
from missive_desktop.errors import UsageError

TEXT_OPERATORS = tuple(name for name in get_args(TextField) if name)
PLACE_OPERATORS = get_args(PlaceKind)
DATE_OPERATORS = get_args(DateOperator)
SIZE_OPERATORS = get_args(SizeOperator)
STATES = get_args(State)
OPERATORS = (
    *TEXT_OPERATORS,
    *PLACE_OPERATORS,
    "is",
    "has",
    "tracker",
    "assignee",
    *DATE_OPERATORS,
    *SIZE_OPERATORS,
)

_EXAMPLES: Mapping[str, str] = {
    "from": "from:anna", "to": "to:anna", "cc": "cc:anna", "subject": "subject:invoice",
    "body": "body:battery", "filename": "filename:pdf", "in": "in:inbox", "label": "label:dealer",
    "account": "account:ann@home.example", "is": "is:unread", "has": "has:attachment",
    "tracker": "tracker:sendgrid", "assignee": "assignee:me", "before": "before:2026-11-03",
    "after": "after:7d", "on": "on:yesterday", "larger": "larger:5M", "smaller": "smaller:10k",
}  # fmt: skip
# What other programs call the same.
_ELSEWHERE: Mapping[str, str] = {
    "sender": "from:", "frm": "from:", "recipient": "to:", "bcc": "to:", "title": "subject:",
    "subj": "subject:", "text": "body:",
    "content": "body:", "file": "filename:", "attachment": "has:attachment", "folder": "in:",
    "mailbox": "in:", "tag": "label:", "flag": "is:", "status": "is:", "date": "on:",
    "since": "after:", "newer": "after:", "newer_than": "after:", "until": "before:",
    "older": "before:", "older_than": "before:", "size": "larger:", "bigger": "larger:",
    "assigned": "assignee:", "assigned_to": "assignee:", "owner": "assignee:",
    "less": "smaller:", "trackers": "tracker:", "vendor": "tracker:", "tracked": "is:tracked",
}  # fmt: skip
_OTHER_STATES: Mapping[str, State] = {"flagged": "starred", "seen": "read", "unseen": "unread"}
_OPERATOR = re.compile(r"([A-Za-z_]+):")
_DEEPEST = 40
_MOST_TERMS = 200


class QuerySyntaxError(UsageError):
    """What is wrong with a search, and where; `suggestion` is a text to put there, or empty."""

    def __init__(self, message: str, position: int, length: int = 1, suggestion: str = "") -> None:
        super().__init__(f"{message} Did you mean {suggestion}?" if suggestion else message)
        self.position = position
        self.length = length
        self.suggestion = suggestion


def parse(text: str) -> Query:
    """Read a search; raise QuerySyntaxError where it makes no sense."""
    reader = _Reader(text)
    root = reader.all_of("", 0)
    return Query(root)


class _Reader:
    """A place in the text that moves on as terms are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.terms = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip_space(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def keyword(self, word: str) -> bool:
        """Whether a word such as OR stands here, alone."""
        after = self.text[self.at + len(word) : self.at + len(word) + 1]
        alone = not after or after.isspace() or after in "()"
        return alone and self.text.startswith(word, self.at)

    def all_of(self, name: TextField, depth: int) -> Node | None:
        """Read terms up to the end or a closing bracket."""
        nodes: list[Node] = []
        while True:
            self.skip_space()
            if not self.peek() or (depth and self.peek() == ")"):
                return conjunction(nodes)
            if self.keyword("AND"):
                self.at += 3
                continue
            if self.keyword("OR"):
                raise QuerySyntaxError("OR needs something before it.", self.at, 2)
            nodes.append(self.any_of(name, depth))

    def any_of(self, name: TextField, depth: int) -> Node:
        nodes = [self.term(name, depth)]
        while True:
            back = self.at
            self.skip_space()
            if not self.keyword("OR"):
                self.at = back
                return disjunction(nodes)
            found = self.at
            self.at += 2
            self.skip_space()
            if not self.peek() or self.keyword("OR") or (depth and self.peek() == ")"):
                raise QuerySyntaxError("OR needs something after it.", found, 2)
            nodes.append(self.term(name, depth))

    def term(self, name: TextField, depth: int) -> Node:
        self.terms += 1
        if self.terms > _MOST_TERMS:
            raise QuerySyntaxError("This search has too many words.", self.at)
        following = self.text[self.at + 1 : self.at + 2]
        if self.peek() == "-" and following and not following.isspace() and following != "-":
            self.at += 1
            return Not(self.term_without_sign(name, depth))
        if self.keyword("NOT"):
            start = self.at
            self.at += 3
            self.skip_space()
            if not self.peek() or (depth and self.peek() == ")") or self.keyword("OR"):
                raise QuerySyntaxError("NOT needs something after it.", start, 3)
            return Not(self.term_without_sign(name, depth))
        return self.term_without_sign(name, depth)

    def term_without_sign(self, name: TextField, depth: int) -> Node:
        if self.peek() == "(":
            return self.group(name, depth)
        if self.peek() in QUOTES:
            return Text(name, *self.phrase())
        found = _OPERATOR.match(self.text, self.at)
        if found:
            operator = found[1].lower()
            if operator in OPERATORS:
                return self.operator(operator, found, depth)
            self.doubt(operator, found)
        return _text(name, self.word(depth))

    def group(self, name: TextField, depth: int) -> Node:
        start = self.at
        if depth >= _DEEPEST:
            raise QuerySyntaxError("These brackets are nested too deep.", start)
        self.at += 1
        node = self.all_of(name, depth + 1)
        if self.peek() != ")":
            raise QuerySyntaxError("This bracket is never closed.", start)
        self.at += 1
        if node is None:
            raise QuerySyntaxError("There is nothing in these brackets.", start, self.at - start)
        return node

    def phrase(self) -> tuple[str, bool]:
        """Read what stands in quotation marks, and whether a star follows them."""
        start = self.at
        end = start + 1
        while self.text[end : end + 1] and self.text[end] not in QUOTES:
            end += 1
        if end >= len(self.text):
            raise QuerySyntaxError("This quotation mark is never closed.", start)
        self.at = end + 1
        prefix = self.peek() == "*"
        while self.peek() == "*":
            self.at += 1
        return self.text[start + 1 : end], prefix

    def word(self, depth: int) -> str:
        """Read up to a space, a quotation mark, or the bracket that closes a group around it."""
        start, opened, stray = self.at, 0, -1
        while self.peek() and not self.peek().isspace() and self.peek() not in QUOTES:
            if self.peek() == "(":
                opened += 1
            elif self.peek() == ")":
                if not opened and depth:
                    break
                stray = stray if opened or stray >= 0 else self.at
                opened -= 1 if opened else 0
            self.at += 1
        word = self.text[start : self.at]
        if stray >= 0 and (searchable(word) or word == ")"):  # :) is no mistake
            raise QuerySyntaxError("This bracket closes nothing.", stray)
        return word

    def operator(self, operator: str, found: re.Match[str], depth: int) -> Node:
        self.at = found.end()
        self.skip_space()
        at_end = not self.peek() or (depth and self.peek() == ")")
        if at_end or (found.end() < self.at and self.keyword("OR")):
            raise QuerySyntaxError(
                f"{operator}: needs something after it, as in {_EXAMPLES[operator]}.",
                found.start(),
                found.end() - found.start(),
            )
        if operator in TEXT_OPERATORS:
            name = cast(TextField, operator)
            if self.peek() == "(":
                return self.group(name, depth)
            if self.peek() in QUOTES:
                return Text(name, *self.phrase())
            return _text(name, self.word(depth))
        start = found.start()
        value = self.phrase()[0] if self.peek() in QUOTES else self.word(depth)
        return _valued(operator, value, start, self.at - start)

    def doubt(self, operator: str, found: re.Match[str]) -> None:
        """Complain about `form:ann`, but not about https://… or a word that no operator is like."""
        following = self.text[found.end() : found.end() + 1]
        if not following or following.isspace() or following in "/:\\":
            return
        close = get_close_matches(operator, OPERATORS, 1, 0.75) if len(operator) > 3 else []
        suggestion = f"{close[0]}:" if close else _ELSEWHERE.get(operator, "")
        if suggestion:
            raise QuerySyntaxError(
                f"There is no {operator}: here; in quotation marks it is looked for as written.",
                found.start(),
                found.end() - found.start(),
                suggestion,
            )


def _text(name: TextField, word: str) -> Text:
    return Text(name, word.rstrip("*"), word.endswith("*"))


def _valued(operator: str, value: str, position: int, length: int) -> Node:
    """Make the node of an operator whose value is not text to look for."""
    small = value.strip().lower().rstrip("*").rstrip()

    def wrong(message: str, suggestion: str = "") -> QuerySyntaxError:
        return QuerySyntaxError(message, position, length, suggestion)

    if operator in PLACE_OPERATORS:
        if not small:
            raise wrong(f"{operator}: needs a name, as in {_EXAMPLES[operator]}.")
        # A star says that a word may go on; names are whole.
        return Place(
            cast(PlaceKind, operator), value.strip().rstrip("*").rstrip(), position, length
        )
    if operator == "is":
        if small not in STATES:
            close = get_close_matches(small, STATES, 1, 0.6)
            other = _OTHER_STATES.get(small, close[0] if close else "")
            listed = ", ".join(STATES)
            raise wrong(f"A message is one of {listed}.", f"is:{other}" if other else "")
        return Is(cast(State, small))
    if operator == "has":
        kind = small.removesuffix("s")
        if kind in ("comment", "task"):
            return Said("comment" if kind == "comment" else "task")
        if kind != "attachment":
            raise wrong("has: knows attachment, comment and task only.", "has:attachment")
        return HasAttachment()
    if operator == "assignee":
        if not small:
            raise wrong(f"assignee: needs a name, as in {_EXAMPLES[operator]}.")
        return Assigned(value.strip().rstrip("*").rstrip(), position, length)
    if operator == "tracker":
        name = value.strip().rstrip("*").rstrip()
        if not searchable(name):
            raise wrong(f"tracker: needs a name, as in {_EXAMPLES[operator]}.")
        return TrackedBy(name)
    if operator in DATE_OPERATORS:
        when = read_when(small)
        if when is None:
            raise wrong("This is no date; write 2026-11-03, 2026-11, 2026, 7d, today or yesterday.")
        return Dated(cast(DateOperator, operator), when)
    size = read_size(small)
    if size is None:
        raise wrong("This is no size; write it as 10k or 5M.")
    return Sized(cast(SizeOperator, operator), size)
