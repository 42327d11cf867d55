"""What about a sender could mislead: each found thing becomes one plain sentence.

Says nothing about ordinary mail. Lists send in other people's names by nature, but anybody can call
himself one: only a list that the reader knows is asked less. What passes for a warning elsewhere
and is only good to know is marked as not serious.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from missive_desktop.content import acquaintance, domains, lookalikes
from missive_desktop.content.acquaintance import People
from missive_desktop.content.alignment import Checks, shown
from missive_desktop.content.trust import NOBODY as NOBODY_TRUSTED
from missive_desktop.content.trust import Trust
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Caution, Facts
from missive_desktop.domain.signature import Signature

MAX_NAME = 300

_ADDRESS = re.compile(r"[\w.+\-]{1,64}@((?:[\w\-]{1,63}\.){1,8}[\w\-]{2,24})")
_HOST = re.compile(r"(?<![@\w.\-])((?:[a-z0-9\-]{1,63}\.){1,4}[a-z]{2,12})(?![\w\-@])")
# Ends of hosts that are written in names, and hardly anywhere else.
_ENDS = frozenset(
    {"at", "au", "be", "biz", "ca", "ch", "co", "com", "de", "es", "eu", "fr", "info", "io", "it"}
    | {"net", "nl", "org", "pl", "se", "uk", "us"}
)


class Context(NamedTuple):
    """What the reader's store knows, as far as it matters for one mail."""

    trust: Trust = NOBODY_TRUSTED
    own: frozenset[str] = frozenset()  # the reader's addresses, in lower case
    own_names: frozenset[str] = frozenset()  # by acquaintance.name_key
    own_domains: frozenset[str] = frozenset()  # of the reader's organization
    signatures: tuple[Signature, ...] = ()  # that we verified
    policy: str = ""  # DMARC policy that we looked up
    reliable: bool = True  # signatures usually survive the reader's provider
    written: bool = False  # the reader wrote to this address
    known: bool = False  # that, or read earlier mail of it, and kept it
    first_time: bool = False
    list_known: bool = False  # earlier mail came through this list
    reply_known: bool = False  # the reader wrote to where answers go
    sent: bool = False  # the reader's own, as it was sent
    people: People = acquaintance.NOBODY
    by: str = ""  # the colleague whose computer looked, where mail came by a shared inbox


def find(
    facts: Facts, reply_to: Sequence[Address], checks: Checks, context: Context
) -> tuple[Caution, ...]:
    """Return what could mislead, the serious first."""
    if context.sent:
        return ()
    sender = facts.mailboxes[0] if facts.mailboxes else Address("", "")
    found = [*_form(facts, sender), *_host(sender, context)]
    if "@" in sender.email:
        found += _name(facts, sender, checks, context)
        found += _address(facts, sender, found, context)
        found += _organization(facts, sender, checks, context)
        found += _answers(facts, sender, reply_to, checks, context)
        found += _others(facts, sender, checks, context)
    return tuple(sorted(found, key=lambda one: not one.serious))


def _form(facts: Facts, sender: Address) -> Iterator[Caution]:
    if "@" not in sender.email:
        yield Caution("no-from", "The mail does not say who it is from.")
    elif facts.from_fields > 1:
        yield Caution("many-from", "The mail names its sender twice, and programs may differ.")
    elif facts.unclear:
        text = "Its sender is written so that programs read different addresses out of it."
        yield Caution("many-from", text)
    elif len(facts.mailboxes) > 1:
        hosts = {domains.registrable(_host_of(one)) for one in facts.mailboxes}
        yield Caution(
            "many-from",
            f"The mail names {len(facts.mailboxes)} senders; only one can have sent it.",
            len(hosts) > 1,
        )
    if facts.unseen:
        yield Caution("unseen", "The sender's name or address holds characters that do not show.")


def _host(sender: Address, context: Context) -> Iterator[Caution]:
    host = _host_of(sender)
    if lookalikes.has_mixed(host):
        text = f"The address mixes letters of several scripts; it is really {shown(host)}."
        yield Caution("mixed-script", text)
    if context.written:
        return
    model = lookalikes.resembles(host, context.people.hosts)
    if model:
        text = f"{shown(host)} looks like {shown(model)}, which you know, but is another domain."
        yield Caution("lookalike", text)


def _name(facts: Facts, sender: Address, checks: Checks, context: Context) -> Iterator[Caution]:
    name = unicodedata.normalize("NFKC", sender.name[:MAX_NAME])
    host = _host_of(sender)
    vouched = checks.dmarc == "pass"
    # Lists whose authors' domains forbid it send as "Ann via List <list@lists.example>".
    listed = _is_listed(facts, checks, context)
    if not name or (listed and domains.same_owner(facts.list_host, host)):
        return
    for found in _ADDRESS.finditer(name.lower()):
        if not domains.same_owner(found[1], host):
            text = f"The name shows {found[0]}, but the mail comes from {sender.email}."
            yield Caution("name-address", text, not (vouched and context.known))
            return
    for written in _HOST.findall(name.lower()):
        if _is_claim(written, host):
            text = f"The name shows {written}, but the mail comes from {shown(host)}."
            yield Caution("name-address", text, not (vouched and context.known))
            return
    if context.known:
        return
    robot = vouched and acquaintance.is_office(sender.email.partition("@")[0])
    key = acquaintance.name_key(name)
    if key in context.own_names and sender.email.lower() not in context.own:
        yield Caution(
            "own-name", "It bears your own name, but comes from another address.", not vouched
        )
    elif (addresses := acquaintance.named(name, context.people)) and not robot:
        if not any(_is_one_house(sender.email, other, context) for other in addresses):
            text = f"You know {name} as {min(addresses)}; this is another address."
            yield Caution("known-name", text, not listed)
    else:
        yield from _brand(name, host, context)


def _is_listed(facts: Facts, checks: Checks, context: Context) -> bool:
    """Whether a mailing list that the reader knows sent it, as far as anybody checked that."""
    if not context.list_known:
        return False
    return not checks.asked or checks.arc or checks.vouches(facts.list_host)


def _is_one_house(email: str, other: str, context: Context) -> bool:
    """Whether two addresses are at one organization; at a large provider everybody is."""
    host, model = (one.lower().rpartition("@")[2] for one in (email, other))
    if email.lower() == other:
        return True
    return domains.same_owner(host, model) and domains.registrable(host) not in (
        context.people.shared
    )


def _is_claim(written: str, host: str) -> bool:
    """Whether a host in a name is another's: shop.com is not, for mail of shop-mail.de."""
    label = domains.registrable(written).partition(".")[0]
    return (
        written.rpartition(".")[2] in _ENDS
        and len(label) > 2
        and not domains.same_owner(written, host)
        and label not in host
    )


def _brand(name: str, host: str, context: Context) -> Iterator[Caution]:
    """Notice "Halden Support" from a strange address; Jonas Weber is not of weber.example."""
    words = acquaintance.words_of(name)
    left = [lookalikes.skeleton(word) for word in words if word not in acquaintance.OFFICES]
    if len(left) != 1 or left[0] not in context.people.brands:
        return
    model = context.people.brands[left[0]]
    if domains.same_owner(model, host) or model.partition(".")[0] in host:
        return
    text = f"The name says {name}, but the mail does not come from {shown(model)}."
    yield Caution("known-name", text)


def _address(
    facts: Facts, sender: Address, found: Sequence[Caution], context: Context
) -> Iterator[Caution]:
    """Compare with the addresses of people whom the reader knows."""
    local, _, host = sender.email.lower().rpartition("@")
    if context.known or facts.bulk or any(one.code == "known-name" for one in found):
        return
    if len(local) < 5 or acquaintance.is_office(local):
        return
    for other in context.people.locals.get(acquaintance.local_key(local), ()):
        other_local, _, other_host = other.rpartition("@")
        if other == f"{local}@{host}":
            return
        if domains.same_owner(host, other_host) and other_local != local:
            yield Caution("lookalike", f"It looks like {other}, whom you know, but is another.")
            return
        if other_local == local and not domains.same_owner(host, other_host):
            ours = domains.registrable(other_host) in context.own_domains
            text = f"You know {other}; this is another address."
            yield Caution("other-address", text, ours)
            return


def _organization(
    facts: Facts, sender: Address, checks: Checks, context: Context
) -> Iterator[Caution]:
    """A stranger who writes in the name of the reader's own house."""
    host = _host_of(sender)
    if not checks.asked or checks.dmarc == "pass" or _is_listed(facts, checks, context):
        return
    spf = checks.spf.result if checks.spf is not None else ""
    if checks.dmarc != "fail" and spf not in ("fail", "softfail"):
        return
    if sender.email.lower() in context.own:
        yield Caution("own-address", "It bears your own address, but you did not send it.")
    elif domains.registrable(host) in context.own_domains:
        text = f"It bears an address of {shown(host)}, but was not sent from there."
        yield Caution("own-domain", text)


def _answers(
    facts: Facts, sender: Address, reply_to: Sequence[Address], checks: Checks, context: Context
) -> Iterator[Caution]:
    """Answers that go elsewhere; shops, forms and help desks do that openly, so it takes more to be
    serious: nobody vouches for a house that the reader knows, or they go to what looks like it."""
    host = _host_of(sender)
    ours = domains.registrable(host) in context.own_domains
    serious = (ours or context.written) and checks.dmarc != "pass"
    if context.reply_known:
        return
    homes = (host, facts.list_host) if context.list_known or not serious else (host,)
    for one in reply_to:
        there = _host_of(one)
        at_home = any(domains.same_owner(there, home) for home in homes)
        if there and not at_home and one.email.lower() not in context.own:
            alike = bool(lookalikes.resembles(there, (host,))) or lookalikes.has_mixed(there)
            if serious or alike or not facts.bulk:
                text = f"Answers go to {one.email}, not to {shown(host)}."
                yield Caution("reply-to", text, serious or alike)
            return


def _others(facts: Facts, sender: Address, checks: Checks, context: Context) -> Iterator[Caution]:
    host = facts.sender.rpartition("@")[2]
    quiet = facts.list_host or facts.bulk or checks.dmarc == "pass"
    if host and not quiet and not domains.same_owner(host, _host_of(sender)):
        yield Caution("sender", f"It was handed in by {facts.sender}.", False)
    back = facts.return_path.rpartition("@")[2]
    # Only where nobody says anything: SPF tells the same better.
    if back and not (quiet or checks.asked) and not domains.same_owner(back, _host_of(sender)):
        yield Caution("return-path", f"It was sent in the name of {facts.return_path}.", False)
    if context.first_time and not context.list_known:
        yield Caution("first-time", "This is the first mail from this address.", False)


def _host_of(person: Address) -> str:
    return person.email.rpartition("@")[2].lower()
