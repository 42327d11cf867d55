"""`python -m tests.privacy [--corpora DIR] [NAME…]`: private reading, measured.

Our own cases always; those of others when a folder of them is named (httpleaks, dompurify, mime4j,
stalwart-headers, email-reply-parser, tracker-rules, html-templates). Exit status 1 when a case of
our own fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench import reading
from tests.privacy import (
    dompurify,
    header_corpora,
    heavy,
    mime4j,
    namespace,
    replies,
    templates,
    tracker_rules,
)
from tests.privacy.exposure import Allowance, Exposure, Kind, allowed, leaks, opened, own_cases
from tests.privacy.table import Line, Table

SECONDS, MEGABYTES = 1.0, 200.0
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("mail", "as a mail, in the real view"),
    ("page", "not cleaned, in the real view"),
    ("later", "not cleaned, put in where a folded mail opens"),
    ("cleaned", "cleaned only, in a bare view"),
)


def network(table: Table) -> None:
    """Our own ways out: as mails, against the view alone, against the sanitizer alone."""
    if why := namespace.reason():
        table.skip("ways out to the network", why)
        return
    heard = opened("bare", own_cases("page"))
    count = heard.cases
    told = len(heard.heard)
    table.add(Line("ways out that the canary hears of a bare view (control)", f"≥ {count // 2}",
                   f"{told} of {count}", told >= count // 2))  # fmt: skip
    for kind, words in _KINDS:
        for target in ("name", "secure", "address"):
            view = "bare" if kind == "cleaned" else "ours"
            found = opened(view, own_cases(kind, target))
            table.add(_silence(f"own ways out by {target}, {words}", found, found.cases))


def images(table: Table) -> None:
    """The same ways out, with images allowed: fetched beforehand, by the engine's fetcher."""
    if why := namespace.reason():
        table.skip("ways out with images allowed", why)
        return
    _allowance(table, "own ways out with images allowed", allowed(own_cases("mail")), True)


def _allowance(table: Table, what: str, found: Allowance, own: bool) -> None:
    """Say what was asked for beside images, and whether there were any."""
    signs = {sign for signs in found.fetched.values() for sign in signs}
    strange = sorted(signs - {"dns", "http", "tcp 443", "tcp 80"})
    table.add(Line(f"{what}: images fetched, drawn", "some", f"{found.loaded}, {found.drawn}",
                   found.drawn > 0, own))  # fmt: skip
    table.add(Line(f"{what}: other signs while they are fetched", "0", f"{len(strange)}",
                   not strange, own, strange))  # fmt: skip
    table.add(_silence(f"{what}, then opened", found.opened, found.opened.cases, own=own))


def _silence(what: str, found: Exposure, ways: int, *, own: bool = True) -> Line:
    """Say how many ways were heard of; a case without its harmless words counts as not met."""
    notes = [f"heard {word}: {', '.join(signs)}" for word, signs in sorted(found.heard.items())]
    notes += [f"heard {sign}" for sign in found.other]
    notes += [f"{case} does not show its harmless words" for case in found.hidden]
    told = len(found.heard) + len(found.other)
    met = found.silent and not found.hidden
    return Line(what, f"0 of {ways}", f"{told} of {ways}", met, own, notes)


def weight(table: Table) -> None:
    """A megabyte of hostile HTML of each kind, in a process of its own."""
    found = [(name, *heavy.measured(name)) for name, _ in heavy.kinds()]
    slow, seconds, *_ = max(found, key=lambda one: one[1])
    large, _, megabytes, _ = max(found, key=lambda one: one[2])
    empty = [name for name, _, _, kept in found if not kept]
    what = f"sanitizer on 1 MB of hostile HTML, {len(found)} kinds"
    table.add(Line(f"{what}: seconds", f"< {SECONDS:g} s", f"{seconds:.2f} s ({slow})",
                   seconds < SECONDS))  # fmt: skip
    table.add(Line(f"{what}: memory", f"< {MEGABYTES:g} MB", f"{megabytes:.0f} MB ({large})",
                   megabytes < MEGABYTES))  # fmt: skip
    table.add(Line(f"{what}: harmless words kept", "all", f"{len(found) - len(empty)}",
                   not empty, notes=empty))  # fmt: skip


def others(table: Table, corpora: Path) -> None:
    """Cases that others wrote; ours to report, not to fail by."""
    source = (corpora / "httpleaks" / "leak.html").read_text(encoding="utf-8")
    if why := namespace.reason():
        table.skip("HTTPLeaks", why)
    else:
        cases, ways = leaks("page", source)
        bare = opened("bare", cases[:1])
        table.add(Line("HTTPLeaks in a bare view (control)", "some", f"{len(bare.heard)} of {ways}",
                       len(bare.heard) > 50, own=False))  # fmt: skip
        for kind, words in _KINDS:
            cases, ways = leaks(kind, source)
            view = "bare" if kind == "cleaned" else "ours"
            for part, name in ((cases[:1], "whole"), (cases[1:], f"in {len(cases) - 1} pieces")):
                found = opened(view, part)
                table.add(_silence(f"HTTPLeaks {name}, {words}", found, ways, own=False))
        cases, ways = leaks("mail", source)
        _allowance(table, f"HTTPLeaks ({ways} ways) with images allowed", allowed(cases[:1]), False)
    _agreement(table, "DOMPurify: safe, harmless text kept", dompurify.compare(
        corpora / "dompurify"), 0)  # fmt: skip
    _agreement(table, "mime4j: structure and content", mime4j.compare(corpora / "mime4j"), 0)
    headers = corpora / "stalwart-headers"
    _agreement(table, "stalwart: addresses", header_corpora.compare_addresses(headers), 2)
    _agreement(table, "stalwart: content types", header_corpora.compare_types(headers), 3)
    _agreement(table, "stalwart: dates", header_corpora.compare_dates(headers), 0)
    rules = tracker_rules.measure(corpora / "tracker-rules" / "easyprivacy-email.txt")
    missed = [rule for rule, _ in rules.missed]
    _agreement(table, "tracker rules: recognized as trackers", (rules.recognized, rules.of, missed),
               rules.of // 20)  # fmt: skip
    looks(table, corpora / "html-templates")
    _agreement(table, "replies: first visible fragment", replies.compare(
        corpora / "email-reply-parser"), 2)  # fmt: skip


def looks(table: Table, corpus: Path) -> None:
    """Templates before and after: how many differ by more than what letters and rounding do."""
    found = templates.compare(corpus)
    unlike = [f"{share:.1%} {name}" for share, name in found if share > templates.VISIBLE]
    table.add(Line(f"templates before and after, over {templates.VISIBLE:.0%} of blocks unlike",
                   f"0 of {len(found)}", f"{len(unlike)} of {len(found)}",
                   bool(found) and not unlike, False, unlike))  # fmt: skip


def figures(table: Table) -> None:
    """Opening conversations; of this machine as it is just now, so not what a run fails by."""
    for kind, values in reading.figures().items():
        if (goal := reading.GOALS.get(kind)) is not None:
            taken = statistics.median(values)
            what = f"{reading.NAMES[kind]}: first right pixel, median of {len(values)}"
            table.add(Line(what, f"{goal:g} ms", f"{taken:.1f} ms", taken <= goal, False))


def _agreement(
    table: Table, what: str, found: tuple[int, int, Iterable[object]], allowed: int
) -> None:
    right, total, wrong = found
    goal = f"≥ {total - allowed} of {total}" if allowed else f"{total} of {total}"
    notes = [str(one) for one in wrong]
    met = total > 0 and right >= total - allowed
    table.add(Line(what, goal, f"{right} of {total}", met, False, notes))


PARTS: dict[str, Callable[[Table], None]] = {
    "network": network,
    "images": images,
    "weight": weight,
    "figures": figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.privacy")
    parser.add_argument("--corpora", type=Path, metavar="DIR", help="cases that others wrote")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(PARTS)} or others")
    asked = parser.parse_args()
    table = Table()
    table.head()
    for name, part in PARTS.items():
        if not asked.names or name in asked.names:
            part(table)
    if asked.corpora and (not asked.names or "others" in asked.names):
        others(table, asked.corpora)
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
