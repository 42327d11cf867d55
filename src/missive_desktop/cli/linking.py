"""`missive-desktop links`: every link of a message, where it leads, what speaks against it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from missive_desktop import resources
from missive_desktop.cli import opening, output
from missive_desktop.content import anchors, link_rules, links, rendered
from missive_desktop.content.links import Link
from missive_desktop.errors import UsageError
from missive_desktop.store import messages
from missive_desktop.sync.digesting import known_vendors


def links_(chosen: argparse.Namespace) -> int:
    """List the links of one message; nothing is asked of anybody."""
    with opening.reading(chosen) as opened:
        row = messages.get(opened.conn, chosen.id)
        if row is None:
            raise UsageError(f"There is no message {chosen.id}.")
        raw = messages.raw(opened.conn, opened.store, row.id)
    found = examined(raw)
    if chosen.json:
        output.json([described(text, link) for text, link in found])
    elif found:
        print("\n\n".join(_told(text, link) for text, link in found))
    else:
        print("This message has no links.", file=sys.stderr)
    return 0


def examined(raw: bytes) -> list[tuple[str, Link]]:
    """Return the text and the examination of each link of a message."""
    shown = rendered.render(raw)
    found = list(anchors.of(str(shown.html)))
    context = links.context(
        link_rules.rules(resources.path("links.toml").read_text(encoding="utf-8")),
        known_vendors(),
        [shown.sender.email],
        (anchor.href for anchor in found),
    )
    return [(anchor.text, links.examine(anchor.href, anchor.text, context)) for anchor in found]


def described(text: str, link: Link) -> dict[str, Any]:
    """Return a link as it is printed as JSON."""
    return {
        "text": text,
        "url": link.original,
        "target": link.target,
        "kind": link.kind,
        "host": link.host,
        "domain": link.domain,
        "through": link.through,
        "skipped": list(link.skipped),
        "cut": list(link.cut),
        "warnings": [
            {"code": one.code, "text": one.text, "asks": one.grave} for one in link.warnings
        ],
        "refused": link.refused,
    }


def _told(text: str, link: Link) -> str:
    lines = [text or "(no text)", f"  {link.target or link.original}"]
    if link.domain and link.kind == "web":
        lines.append(f"  leads to {link.domain}")
    if link.through:
        lines.append(f"  goes through {link.through}")
    if link.skipped:
        lines.append(f"  goes around {', '.join(link.skipped)}")
    if link.cut:
        lines.append(f"  without {', '.join(link.cut)}")
    lines += [f"  ! {one.text}" for one in link.warnings]
    if link.refused:
        lines.append(f"  ! It is not opened. {link.refused}")
    return "\n".join(output.clean(each) for each in lines)
