"""Whether a rule of the reader (always for this sender, this domain) holds for a message.

The rule is for a sender, so the mail must be from there: a forger shall not profit from it. Words
against a mail count whoever wrote them; words for it only from the reader's provider. Where nobody
can say anything, the rule holds; not in spam, whose senders wait for a sign of life.
"""

from __future__ import annotations

from missive_desktop.content import authenticity, domains
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.folder import Role
from missive_desktop.domain.sender import GRAVE, Facts, Method
from missive_desktop.engine import sender_check
from missive_desktop.store import image_rules, senders
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow

_METHODS = ("dmarc", "dkim", "spf")
_SUBJECTS = ("header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.mail", "smtp.helo")


def allowed(conn: Connection, row: MessageRow, shown: Rendered) -> bool:
    """Whether the images of this message may be loaded without asking."""
    if image_rules.decision(conn, row.sender.email) != "allow" or _is_ambiguous(shown.facts):
        return False
    if Role.SPAM in senders.roles(conn, row.id):
        return False
    context = sender_check.context_of(conn, row, shown)
    vouched = authenticity.vouched(shown.facts, context)
    if vouched is False or (vouched is None and disowned(shown.facts)):
        return False
    return authenticity.assess(shown.facts, shown.reply_to, context).level not in GRAVE


def _is_ambiguous(facts: Facts) -> bool:
    return facts.from_fields > 1 or len(facts.mailboxes) > 1 or facts.unclear or facts.unseen


def disowned(facts: Facts) -> bool:
    """Whether the header itself speaks against its From."""
    if _is_ambiguous(facts):
        return True
    newest = next((one for one in facts.trace if one.kind == "results"), None)
    found = [one for one in newest.methods if one.name in _METHODS] if newest else []
    if any(one.name == "dmarc" and one.result == "fail" for one in found):
        return True
    sender = facts.mailboxes[0].email if facts.mailboxes else ""
    passed = [one for one in found if one.result == "pass"]
    return bool(found) and not any(_is_about(one, sender) for one in passed)


def _is_about(method: Method, sender: str) -> bool:
    """Whether a check was of the sender's own domain: anybody passes those of his."""
    named = method.value(*_SUBJECTS).rpartition("@")[2].strip("<>")
    return not named or domains.same_owner(named, sender.rpartition("@")[2])
