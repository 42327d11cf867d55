"""Whether a rule of the reader (always for this sender, this domain) holds for a message.

The rule is for a sender, so the mail must be from there: a forger shall not profit from it. Words
against a mail count whoever wrote them; words for it only from the reader's provider.
"""

from __future__ import annotations

from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.sender import Facts
from missive_desktop.engine import sender_check
from missive_desktop.store import image_rules
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow

_GRAVE = ("doubtful", "forged")
_METHODS = ("dmarc", "dkim", "spf")


def allowed(conn: Connection, row: MessageRow, shown: Rendered) -> bool:
    """Whether the images of this message may be loaded without asking."""
    if image_rules.decision(conn, row.sender.email) != "allow" or disowned(shown.facts):
        return False
    return sender_check.verdict(conn, row, shown).level not in _GRAVE


def disowned(facts: Facts) -> bool:
    """Whether the header itself speaks against its From."""
    if facts.from_fields > 1 or len(facts.mailboxes) > 1 or facts.unseen:
        return True
    newest = next((one for one in facts.trace if one.kind == "results"), None)
    found = {method.name: method.result for method in newest.methods} if newest else {}
    results = [found[name] for name in _METHODS if name in found]
    return found.get("dmarc") == "fail" or (bool(results) and "pass" not in results)
