"""SPF, DKIM and DMARC for one mail: what was found, whether it fits the address in From, in words.

Alignment is computed here, relaxed: two domains fit if one owner registered both (RFC 7489 3.1).
A pass of a domain that does not fit says nothing about who wrote the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from missive_desktop.content import domains, lookalikes
from missive_desktop.domain.sender import Facts, Method
from missive_desktop.domain.signature import Signature

_POLICY = re.compile(r"\b(?:p|policy)=(none|quarantine|reject)\b")
_BELOW = re.compile(r"\bsp=(none|quarantine|reject)\b")
_SENDER = ("smtp.mailfrom", "smtp.mail", "smtp.envelope-from", "envelope-from")
STRICT = ("quarantine", "reject")


class Signed(NamedTuple):
    """What is known of one signature."""

    domain: str
    passed: bool
    changed: bool  # it does not fit the mail any more
    ours: bool  # we verified it ourselves
    reason: str


class Checks(NamedTuple):
    """All that is known, with regard to the domain in From."""

    domain: str
    asked: bool  # the provider said something
    spf: Method | None
    spf_domain: str
    signed: tuple[Signed, ...]
    dmarc: Literal["pass", "fail", ""]  # "" where nobody knows
    policy: str  # what the domain asks for: none, quarantine, reject, or "" when unknown
    arc: bool  # it was fine before somebody passed it on (RFC 8617)

    def vouches(self, host: str) -> bool:
        """Whether SPF or a signature stands for the owner of `host`."""
        sent = self.spf is not None and self.spf.result == "pass"
        if sent and domains.same_owner(self.spf_domain, host):
            return True
        return any(one.passed and domains.same_owner(one.domain, host) for one in self.signed)

    @property
    def changed(self) -> bool:
        """Whether we found that the mail is not as the sender's own domain signed it."""
        own = [one for one in self.signed if domains.same_owner(one.domain, self.domain)]
        return any(one.changed and one.ours for one in own) and not any(one.passed for one in own)


def check(
    domain: str,
    facts: Facts,
    methods: Sequence[Method],
    signatures: Iterable[Signature] = (),
    policy: str = "",
) -> Checks:
    """Put together what the provider and we ourselves found."""
    spf = _spf(methods)
    dmarc = _worst(
        one
        for one in methods
        if one.name == "dmarc" and _is_about(one.value("header.from"), domain)
    )
    signed = (*_by_provider(methods, facts), *_by_us(signatures))
    checks = Checks(
        domain=domain,
        asked=bool(methods),
        spf=spf,
        spf_domain=_spf_domain(spf),
        signed=signed,
        dmarc="",
        policy=_policy(dmarc, domain) or policy,
        arc=any(one.name in ("arc", "compauth") and one.result == "pass" for one in methods),
    )
    return checks._replace(dmarc=_dmarc(checks, dmarc))


def _spf(methods: Iterable[Method]) -> Method | None:
    """Return what was found of the envelope's sender; of the HELO name where there is no other."""
    found = [one for one in methods if one.name == "spf"]
    senders = [one for one in found if any(name in _SENDER for name, _ in one.properties)]
    return _worst(senders or found)


def _worst(methods: Iterable[Method]) -> Method | None:
    """Return the first that is no pass: what a sender wrote may end up in a comment and break it.

    A server that says two things of one mail is taken at the worse.
    """
    found = list(methods)
    return next((one for one in found if one.result != "pass"), found[0] if found else None)


def _is_about(subject: str, domain: str) -> bool:
    host = subject.rpartition("@")[2]
    return not host or domains.same_owner(host, domain)


def _by_provider(methods: Iterable[Method], facts: Facts) -> Iterable[Signed]:
    for one in methods:
        if one.name != "dkim" or one.result in ("none", ""):
            continue
        named = one.value("header.d") or one.value("header.i").rpartition("@")[2]
        # Who claims a signature that the mail does not carry is not to be believed.
        carried = any(domains.same_owner(named, domain) for domain in facts.signed)
        passed = one.result == "pass" and carried
        broken = one.result == "fail" or "body hash" in one.reason
        yield Signed(named, passed, broken and not passed, False, one.reason)


def _by_us(signatures: Iterable[Signature]) -> Iterable[Signed]:
    for one in signatures:
        if one.result in ("pass", "fail"):
            passed = one.result == "pass"
            yield Signed(one.domain, passed, not passed, True, one.reason)


def _spf_domain(spf: Method | None) -> str:
    if spf is None:
        return ""
    named = spf.value(*_SENDER)
    return (named or spf.value("smtp.helo", "helo")).rpartition("@")[2].strip("<>")


def _dmarc(checks: Checks, said: Method | None) -> Literal["pass", "fail", ""]:
    result = said.result if said is not None else ""
    if result == "pass":
        return "pass"
    exact = any(one.passed and one.domain == checks.domain for one in checks.signed) or (
        checks.spf is not None
        and checks.spf.result == "pass"
        and checks.spf_domain == checks.domain
    )
    if exact or (result != "fail" and checks.vouches(checks.domain)):
        return "pass"
    # A domain may ask for strict alignment: then the provider's "fail" knows better.
    return "fail" if result == "fail" else ""


def _policy(dmarc: Method | None, domain: str) -> str:
    if dmarc is None:
        return ""
    said = dmarc.reason.lower()
    action = dmarc.value("action").removeprefix("o")
    below = _BELOW.search(said)
    if below is not None and domains.registrable(domain) != domain:
        return below[1]
    found = _POLICY.search(said)
    if found is not None:
        return found[1]
    published = dmarc.value("policy.published-domain-policy", "policy.dmarc", "policy.p")
    return published or (action if action in STRICT else "")


def shown(domain: str) -> str:
    """Return a domain for a reader's eyes: a disguised one as the DNS spells it."""
    return domains.to_ascii(domain) if lookalikes.has_mixed(domain) else domains.to_unicode(domain)


def spf_words(checks: Checks) -> str:
    """Say what SPF (RFC 7208) came to."""
    if checks.spf is None:
        return ""
    result, domain = checks.spf.result, shown(checks.spf_domain) or "its domain"
    if result == "pass":
        if domains.same_owner(checks.spf_domain, checks.domain):
            return f"The server that sent it may send for {domain}."
        return f"The server that sent it may send for {domain}, which is not the sender's domain."
    said = {
        "fail": f"The server that sent it may not send for {domain}.",
        "softfail": f"The server that sent it should not send for {domain}.",
        "neutral": f"{domain} does not say whether this server may send for it.",
        "none": f"{domain} does not say which servers may send for it.",
    }
    return said.get(result, f"Which servers may send for {domain} could not be found out.")


def dkim_words(checks: Checks, facts: Facts) -> str:
    """Say what the signatures (DKIM, RFC 6376) came to: of the best one."""
    own = [one for one in checks.signed if domains.same_owner(one.domain, checks.domain)]
    passed = next((one for one in own if one.passed), None)
    if passed is not None:
        who = "We checked that ourselves." if passed.ours else "Your provider checked that."
        return f"Signed by {shown(passed.domain)} and unchanged since. {who}"
    changed = next((one for one in own if one.changed), None)
    if changed is not None:
        return f"The signature of {shown(changed.domain)} does not fit: the mail was changed."
    other = next((one for one in checks.signed if one.passed), None)
    if other is not None:
        return f"Signed by {shown(other.domain)}, which is not the sender's domain."
    if not facts.signed:
        return "It is not signed."
    return f"Signed by {shown(facts.signed[0])}; nobody could check that."


def dmarc_words(checks: Checks) -> str:
    """Say what DMARC (RFC 7489), or our own comparison, came to."""
    domain = shown(checks.domain)
    if checks.dmarc == "pass":
        return f"Together they show that it comes from {domain}."
    if checks.dmarc == "fail":
        wish = {
            "reject": f" {domain} asks to refuse such mail.",
            "quarantine": f" {domain} asks to treat such mail as spam.",
        }.get(checks.policy, "")
        return f"Nothing shows that it comes from {domain}.{wish}"
    if checks.asked or checks.signed:
        return f"Whether it comes from {domain} is not known."
    return ""
