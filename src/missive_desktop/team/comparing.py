"""Holds what other members' devices say of the trail (`witness`) against the chains known here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.store import team_spaces, team_trail, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_trail import EvidenceRow
from missive_desktop.team import checkpoints
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.witness import Claim
from missive_wire.ids import org_scope


def compare(books: TeamBooks, scopes: Sequence[str]) -> None:
    """Keep as evidence, and say once, where somebody was shown another history than we were."""
    with books.reading() as conn:
        found = [row for scope in scopes for row in _differing(books, conn, scope)]
    if found:
        books.writer.run(lambda conn, changes: _keep(books, conn, found, changes), durable=True)


def _differing(books: TeamBooks, conn: Connection, scope: str) -> list[tuple[str, str, Claim]]:
    chain, team = team_trail.chain(conn, books.team, scope), teams.get(conn, books.team)
    if chain is None or team is None:
        return []
    due = books.witness.due(scope, chain.hi.n)
    return [
        (scope, device, claim)
        for device, claim in due.items()
        if _other(conn, books.team, scope, claim) and _comparable(conn, books.team, team.org, claim)
    ]


def _other(conn: Connection, team: int, scope: str, claim: Claim) -> bool:
    known = team_trail.record(conn, team, scope, claim.n)
    return known is not None and known.h != claim.h


def _comparable(conn: Connection, team: int, org: str, claim: Claim) -> bool:
    """Say whether it was said of the history that goes on: after a backup was restored another one
    does, rightly. As that is noted in the trail, it must be here since then."""
    scope = org_scope(org)
    chain, oldest = team_trail.chain(conn, team, scope), team_trail.oldest(conn, team, scope)
    whole = chain is not None and (chain.lo.n == 0 or (oldest is not None and oldest <= claim.at))
    return whole and not team_trail.happened(
        conn, team, scope, "organization.restored", since=claim.at
    )


def _keep(
    books: TeamBooks, conn: Connection, found: Sequence[tuple[str, str, Claim]], changes: Changes
) -> None:
    people = team_spaces.people(conn, books.team)
    for scope, device, claim in found:
        author = books.opener.author(device)
        person = people.get(author)
        whom = (person.name or person.email) if person else ""
        told = checkpoints.two_histories(whom or "another member", scope)
        known = team_trail.record(conn, books.team, scope, claim.n)
        shown = {"device": device, "n": claim.n, "at": claim.at, "h": claim.h.hex(), "here": known}
        text = msgspec.json.encode(shown).decode()
        row = EvidenceRow(now_ms(), told.kind, told.scope, told.words, text)
        team_trail.add_evidence(conn, books.team, row, changes)
