"""What the report "Who tracks me" shows, as plain values; made by its presenter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

OTHERS = ""  # the name of what stands for all other vendors: the view has the word


class Span(StrEnum):
    """How far back the report looks, and how wide one bar is."""

    MONTH = "30d"
    QUARTER = "12w"
    YEAR = "1y"


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: its first and last day, and how many of each vendor in the order of the legend."""

    first: date
    last: date
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class VendorLine:
    """Who watches: `name` is a company, or OTHERS where no table knows one."""

    name: str
    kinds: tuple[str, ...]  # domain.tracking.Kind, the most frequent first
    count: int


@dataclass(frozen=True, slots=True)
class SenderLine:
    """Whose mail is watched, how often and by whom."""

    name: str
    address: str
    vendors: tuple[str, ...]
    tracked: int  # mails with a tracker
    mails: int
    blocked: int
    over_time: tuple[int, ...]  # as the columns of the chart
    leaves: int = 0  # a message that offers to unsubscribe, or 0
    left: bool = False  # that was done


@dataclass(frozen=True, slots=True)
class Report:
    """All of the report."""

    span: Span
    since: date
    trackers: int
    mails: int
    loaded: int  # images of these mails that were loaded because the reader wanted them
    companies: int  # whose names are known
    unnamed: int  # hosts of which they are not
    legend: tuple[str, ...]
    columns: tuple[Column, ...]
    vendors: tuple[VendorLine, ...]
    senders: tuple[SenderLine, ...]
