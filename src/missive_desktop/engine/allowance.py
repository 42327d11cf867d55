"""Whether a rule of the reader (always for this sender, this domain) holds for a message."""

from __future__ import annotations

from missive_desktop.domain.sender import Facts
from missive_desktop.store import image_rules
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


def allowed(conn: Connection, row: MessageRow, facts: Facts) -> bool:
    """Whether a rule lets this message load its images: of its sender, who must be the sender."""
    if image_rules.decision(conn, row.sender.email) != "allow":
        return False
    return not _is_disowned(facts)


def _is_disowned(facts: Facts) -> bool:
    """Whether the mail itself speaks against its From: a forger must not profit from a rule."""
    if facts.from_fields > 1 or len(facts.mailboxes) > 1 or facts.unseen:
        return True
    newest = next((one for one in facts.trace if one.kind == "results"), None)
    if newest is None:
        return False
    results = {method.name: method.result for method in newest.methods}
    if "dmarc" in results:
        return results["dmarc"] == "fail"
    return results.get("dkim") == "fail"
