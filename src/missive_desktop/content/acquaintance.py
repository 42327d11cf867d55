"""The people a reader knows, made ready to be compared with whoever writes.

Pure: they are told to it. Names are compared without the order of their words and by what they
look like; addresses by their two halves.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from missive_desktop.content import domains, lookalikes
from missive_desktop.domain.message import Address

MAX_WORDS = 6  # of a name in which another is looked for

_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
# Who is meant by these is an office, not a person: they are the same at every domain.
_OFFICES = """
    abuse accounting accounts admin administrator alert alerts billing booking bookings bounce
    buchhaltung calendar compta contact contacto customerservice dialog donotreply einkauf email
    hallo hello help helpdesk hola hr info infos invoice invoices invitations it jobs kontakt
    kundenservice mail mailer mailing marketing members messages news newsletter no-reply noreply
    notification notifications notify office order orders ordine pedidos personal post postmaster
    presse press privacy rechnung reply reservations robot root sales security secretariat
    sekretariat service shipping shop staff subscriptions support team update updates verkauf
    vertrieb webmaster welcome
"""
OFFICES = frozenset(_OFFICES.split())


class People(NamedTuple):
    """Those whom the reader wrote to, and colleagues."""

    names: Mapping[str, frozenset[str]]  # by name_key: their addresses
    locals: Mapping[str, tuple[str, ...]]  # by the look of what stands before the @
    hosts: frozenset[str]
    brands: Mapping[str, str]  # the name of an organization's domain: the domain
    shared: Collection[str] = frozenset()  # domains of large providers


NOBODY = People(MappingProxyType({}), MappingProxyType({}), frozenset(), MappingProxyType({}))


def know(people: Iterable[Address], shared: Collection[str] = ()) -> People:
    """Make them ready; at the `shared` domains (of large providers) everybody can be at home."""
    names: dict[str, set[str]] = {}
    locals_: dict[str, list[str]] = {}
    hosts: dict[str, None] = {}
    for person in people:
        local, _, host = person.email.lower().rpartition("@")
        if not local or "." not in host:
            continue
        hosts[host] = None
        locals_.setdefault(local_key(local), []).append(f"{local}@{host}")
        key = name_key(person.name)
        if key:
            names.setdefault(key, set()).add(f"{local}@{host}")
    brands: dict[str, str] = {}
    for host in hosts:
        owner = domains.registrable(host)
        label = owner.partition(".")[0]
        if owner not in shared and len(label) >= 5:
            brands.setdefault(lookalikes.skeleton(label), owner)
    return People(
        {key: frozenset(emails) for key, emails in names.items()},
        {key: tuple(emails) for key, emails in locals_.items()},
        frozenset(hosts),
        brands,
        shared,
    )


@lru_cache(maxsize=16384)
def name_key(name: str) -> str:
    """Return what a full name looks like, whatever the order of its words; "" for less than two."""
    words = words_of(name)
    if len(words) < 2 or sum(map(len, words)) < 6 or OFFICES.intersection(words):
        return ""
    return " ".join(sorted(map(lookalikes.skeleton, words)))


def named(name: str, people: People) -> frozenset[str]:
    """Return the addresses of whom a name is of, also with a title or an office around it:
    "Ann Example, CEO", "Ann Example via Docs"."""
    found = people.names.get(name_key(name))
    if found is not None:
        return found
    words = sorted({lookalikes.skeleton(word) for word in words_of(name)})
    if 2 < len(words) <= MAX_WORDS:
        for pair in itertools.combinations(words, 2):
            if " ".join(pair) in people.names:
                return people.names[" ".join(pair)]
    return frozenset()


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without what stands in brackets after it."""
    bare = re.sub(r"[(\[].{0,200}[)\]]", " ", name[:300])
    return tuple(word.casefold() for word in _WORD.findall(bare)[:20])


@lru_cache(maxsize=16384)
def local_key(local: str) -> str:
    """Return what the part before an @ looks like."""
    return lookalikes.skeleton(local)


def is_office(local: str) -> bool:
    """Whether an address is of an office or a machine."""
    words = re.split(r"[.\-_+\d]+", local.lower())
    return any(word in OFFICES for word in words) or "noreply" in local or "no-reply" in local
