"""Who a mail is really from: the verdict, from what its header says and what the reader knows.

A tick is only for mail that is shown to come from the domain in its address AND whose sender the
reader knows: a stranger can sign for a domain of his own. A mail is called forged only where the
domain itself disowns it, or where it was changed after its domain signed it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.content import alignment, cautions, domains, trust
from missive_desktop.content.alignment import STRICT, Checks, shown
from missive_desktop.content.cautions import Context
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import GRAVE, Caution, Facts, Level, Verdict


def assess(known: Facts, reply_to: Sequence[Address], context: Context) -> Verdict:
    """Return the verdict on one mail; `reply_to` is where its answers would go."""
    checks = _checks(known, context)
    warnings = cautions.find(known, reply_to, checks, context)
    level, title, lines = _judge(known, checks, warnings, context)
    if level in GRAVE:  # the reason is a warning, the first of them
        reasons = tuple(Caution(level, line) for line in lines)
        warnings, lines = reasons + warnings, ()
    if context.by and checks.dmarc in ("pass", "fail"):
        lines += (f"Checked by the computer of {context.by}, which serves this inbox.",)
    return Verdict(
        level=level,
        title=title,
        lines=lines,
        spf=alignment.spf_words(checks),
        dkim=alignment.dkim_words(checks, known),
        dmarc=alignment.dmarc_words(checks) if checks.domain else "",
        warnings=warnings,
    )


def vouched(known: Facts, context: Context) -> bool | None:
    """Whether it was shown that a mail comes from the domain in its address.

    None where nobody looked whose word counts. Anybody passes checks for a domain of his own.
    """
    checks = _checks(known, context)
    if checks.dmarc == "pass":
        return True
    looked = (checks.asked and context.trust.proven) or any(one.ours for one in checks.signed)
    return False if looked or checks.dmarc == "fail" else None


def _checks(known: Facts, context: Context) -> Checks:
    email = known.mailboxes[0].email if known.mailboxes else ""
    domain = domains.to_ascii(email.rpartition("@")[2]) if "@" in email else ""
    methods = trust.results(known, context.trust)
    return alignment.check(domain, known, methods, context.signatures, context.policy)


_Judged = tuple[Level, str, tuple[str, ...]]


def _judge(known: Facts, checks: Checks, warnings: Sequence[Caution], context: Context) -> _Judged:
    if context.sent:
        return "plain", "You sent this", ()
    domain = shown(checks.domain)
    changed = checks.changed and context.reliable and checks.dmarc != "pass"
    if changed or checks.dmarc == "fail":
        excused = _passed_on(known, checks, context)
        if excused is not None:
            return excused
        if checks.dmarc == "fail" and checks.policy in STRICT:
            line = f"The checks that {domain} asks for have failed. Do not trust what it says."
            return "forged", f"This is not from {domain}", (line,)
        if changed:
            line = f"It carries a signature of {domain} that does not fit it any more."
            return "forged", "This mail was changed on its way", (line,)
    if any(one.serious for one in warnings):
        return "doubtful", "Look twice at the sender", ()
    if checks.dmarc == "fail":
        line = f"No check shows that it comes from {domain}. It may have been forwarded."
        return "doubtful", f"This may not be from {domain}", (line,)
    return _ordinary(known, checks, context)


def _passed_on(known: Facts, checks: Checks, context: Context) -> _Judged | None:
    """Mailing lists and forwarders change mail, and break signatures in good faith.

    Anybody can call himself a list: it must be one that somebody vouches for, and that the reader
    knows, before it excuses anything.
    """
    host = known.list_host
    domain = shown(checks.domain)
    if not host:
        if not checks.arc:
            return None
        line = f"It was forwarded, which broke what {domain} shows itself by."
        return "doubtful", f"This may not be from {domain}", (line,)
    vouched = checks.arc or checks.vouches(host)
    if not vouched and (checks.asked or not context.list_known):
        return None
    line = f"The mailing list at {shown(host)} changed it, so the sender's signature fits no more."
    if context.list_known:
        return "plain", "Sent through a mailing list", (line,)
    return "doubtful", f"This may not be from {domain}", (line,)


def _ordinary(known: Facts, checks: Checks, context: Context) -> _Judged:
    """A mail about which nothing is odd."""
    domain = shown(checks.domain)
    through = known.list_host and not domains.same_owner(known.list_host, checks.domain)
    if through and checks.dmarc != "pass":
        line = f"It came through the mailing list at {shown(known.list_host)}."
        return (
            ("plain" if context.known or context.list_known else "unknown"),
            "Sent through a mailing list",
            (line,),
        )
    if checks.dmarc == "pass":
        if context.known:
            line = f"It comes from {domain}, and you know this address."
            return "genuine", f"Confirmed: from {domain}", (line,)
        line = f"It comes from {domain}. You have not written to this address."
        if context.first_time:
            return "unknown", "First mail from this address", (line,)
        return "plain", f"From {domain}", (line,)
    nothing = f"No check says whether it comes from {domain}."
    if context.known:
        return "plain", "Not checked", (nothing,)
    if context.first_time:
        return "unknown", "First mail from this address", (nothing,)
    return "unknown", "Nobody vouches for the sender", (nothing,)
