"""What a verdict on a sender rests on, as lines to read, in the window and on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from missive_desktop.content import trust
from missive_desktop.content.cautions import Context
from missive_desktop.domain.sender import Facts, Method, Trace, Verdict
from missive_desktop.domain.signature import Signature

MAX_STEPS = 20
_WIDTH = 72


class Section(NamedTuple):
    title: str
    lines: tuple[str, ...]


def sections(verdict: Verdict, facts: Facts, context: Context) -> tuple[Section, ...]:
    """Return what there is to say, part by part."""
    checks = (("SPF", verdict.spf), ("DKIM", verdict.dkim), ("DMARC", verdict.dmarc))
    said = (*verdict.lines, *(one.text for one in verdict.warnings))
    parts = (
        Section(verdict.title, tuple(dict.fromkeys(said))),
        Section("Checks", tuple(f"{name}: {words}" for name, words in checks if words)),
        Section("What servers wrote into the header", tuple(_results(facts, context))),
        Section(_verified(context.by), tuple(_signatures(context.signatures))),
        Section("The way it took, the last step first", tuple(_steps(facts))),
    )
    return tuple(part for part in parts if part.lines or part is parts[0])


def as_text(parts: Iterable[Section]) -> str:
    """Write the parts below each other, with a line under the last."""
    out: list[str] = []
    for part in parts:
        out += [part.title, *(f"  {line}" for line in part.lines), ""]
    return "\n".join([*out, "-" * _WIDTH])


def _verified(by: str) -> str:
    who = f"the computer of {by}" if by else "we"
    return f"Signatures that {who} verified" + ("" if by else " ourselves")


def _results(facts: Facts, context: Context) -> Iterator[str]:
    believed = trust.believed(facts, context.trust)
    for trace in facts.trace:
        if trace.kind == "received":
            continue
        counts = any(trace is one for one in believed)
        what = ", ".join(_method(method) for method in trace.methods) or "nothing"
        who = trace.host or "a server without a name"
        yield f"{who}: {what}{_remark(trace, counts, context)}"


def _remark(trace: Trace, counts: bool, context: Context) -> str:
    whose = "the shared inbox's provider" if context.by else "your provider"
    if counts:
        proven = context.trust.proven
        return f" ({whose})" if proven else f" (perhaps {whose}: only warnings count)"
    return " (sealed on the way: not counted)" if trace.kind == "sealed" else " (not counted)"


def _method(method: Method) -> str:
    named = ("header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.helo")
    about = method.value(*named)
    return f"{method.name}={method.result}" + (f" {about}" if about else "")


def _signatures(found: Iterable[Signature]) -> Iterator[str]:
    for one in found:
        day = datetime.fromtimestamp(one.checked, UTC).strftime("%Y-%m-%d")
        reason = f": {one.reason}" if one.reason else ""
        yield f"{one.domain or 'nobody'} ({one.selector or 'no key'}), {one.result}{reason} ({day})"


def _steps(facts: Facts) -> Iterator[str]:
    hosts = [one.host or "?" for one in facts.trace if one.kind == "received"]
    yield from hosts[:MAX_STEPS]
