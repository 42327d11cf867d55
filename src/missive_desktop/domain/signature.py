"""What we found when we verified a DKIM signature ourselves (RFC 6376)."""

from __future__ import annotations

from typing import Literal

import msgspec

Result = Literal["pass", "fail", "none", "unreachable"]


class Signature(msgspec.Struct, frozen=True):
    """One DKIM-Signature field, verified on `checked` (unix seconds)."""

    domain: str  # d=, in lower case
    selector: str
    result: Result  # unreachable: the key could not be asked for, nothing is known
    reason: str  # in plain words, empty on pass
    headers: tuple[str, ...]  # names that it covers, in lower case
    checked: int
