"""Rows of the feed as conversations, mail and folders: in whatever order they come, the same.

`prepare` does what takes time outside of the transaction, `project` the rest inside the one that
takes the rows or what is pending. What a row leads to follows from what is known after it, never
from what was there before. Knows neither the feed nor the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import MessageBody, body, moment
from missive_desktop.domain.team import Entity, NoticeKind
from missive_desktop.store import leaving, team_mail, team_notices, team_spaces, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.team_mail import Envelope
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import overlay
from missive_desktop.team.spaces import directory, placing, standin, talk
from missive_wire.ids import space_scope

_DELETED = "{} was deleted for the whole team. What was here of it has been removed."


class Prepared(NamedTuple):
    """Entities of one scope, what takes time done: mail read, and the mail that stands for it."""

    envelopes: tuple[Envelope, ...]
    others: tuple[Entity, ...]
    gone: tuple[Entity, ...]


class Made(NamedTuple):
    """Mail made ready beforehand, each with the entity that it was made of."""

    mail: dict[str, tuple[Entity, Envelope]]


class EarlyMail:
    """Makes mail ready before its turn. Its pack stays its own, so that nobody compacts it: the
    rows of what it appended come later than those of what others append."""

    def __init__(self, packs: Path) -> None:
        self._packs = PackWriter(packs)

    def prepare(self, rows: Sequence[EntityRow]) -> Made:
        mail = [overlay.of_row(row) for row in rows if row.t == "msg"]
        made = {each.id: (each, _envelope(each, self._packs)) for each in mail}
        self._packs.sync()
        return Made(made)

    def close(self) -> None:
        self._packs.close()


class SpaceProjection:
    """The `Projection` of this program: spaces are accounts, their entities what those hold."""

    def __init__(self, packs: Path, clock: Callable[[], int] = now_ms) -> None:
        self._packs = packs
        self._clock = clock

    def early(self) -> EarlyMail:
        return EarlyMail(self._packs)

    def prepare(
        self, scope: ScopeRow, entities: Sequence[Entity], early: Sequence[object] = ()
    ) -> Prepared:
        entities = tuple({(entity.t, entity.id): entity for entity in entities}.values())
        made = {k: v for each in early if isinstance(each, Made) for k, v in each.mail.items()}
        mail = [entity for entity in entities if entity.t == "msg" and not entity.gone]
        known = [made[each.id][1] for each in mail if made.get(each.id, (None,))[0] == each]
        fits = {each.id for each in known}
        return Prepared(
            (*known, *self._envelopes([each for each in mail if each.id not in fits])),
            tuple(entity for entity in entities if entity.t != "msg" and not entity.gone),
            tuple(entity for entity in entities if entity.gone),
        )

    def _envelopes(self, mail: Sequence[Entity]) -> tuple[Envelope, ...]:
        if not mail:
            return ()
        with closing(PackWriter(self._packs)) as packs:
            return tuple(_envelope(entity, packs) for entity in mail)

    def project(
        self, conn: Connection, scope: ScopeRow, prepared: Prepared, changes: Changes
    ) -> None:
        team = teams.get(conn, scope.team)
        if team is None:
            return
        apply(conn, team.id, team.user, scope.scope, prepared, changes, self._clock())

    def forget(self, conn: Connection, scope: ScopeRow, changes: Changes) -> None:
        purge(conn, scope.scope, changes)
        if scope.scope.startswith("o:"):
            team_spaces.forget_team(conn, scope.team, changes)


def _envelope(entity: Entity, packs: PackWriter) -> Envelope:
    read = body(entity, MessageBody)
    at = moment(entity.h.get("at"))
    known = standin.digest(read, at // 1000)
    return Envelope(
        entity.id,
        str(entity.h.get("conv", "")),
        entity.h.get("out") is True,
        at,
        str(entity.h.get("blob", "")),
        read.key,
        known,
        packs.append(standin.raw(known)) if entity.body else None,
        msgspec.json.encode(read.checked).decode() if read.checked else "",
        entity.own,
        read.author,
    )


def apply(
    conn: Connection,
    team: int,
    me: str,
    scope: str,
    given: Prepared,
    changes: Changes,
    now: int,
) -> None:
    """Take in what changed in a scope, as the person `me` sees it; `now` in milliseconds."""
    if not scope.startswith("s:"):
        found = directory.apply(conn, team, scope, given.others, given.gone, changes)
        for account, dirty in found.items():
            placing.place(conn, account, dirty, me, now, changes)
        for entity in given.gone:
            if entity.t == "space" and entity.seq and not entity.pending:
                _end(conn, team, entity, me, now, changes)
        return
    account = team_spaces.ensure_account(conn, team, scope, changes)
    dirty = talk.apply(conn, team, account, scope, given.others, changes)
    dirty |= _take_away(conn, account, scope, given.gone, changes)
    dirty |= _take_mail(conn, account, given.envelopes, changes)
    placing.place(conn, account, dirty, me, now, changes)


def _take_mail(
    conn: Connection, account: int, envelopes: Sequence[Envelope], changes: Changes
) -> set[str]:
    if not envelopes:
        return set()
    dirty = {each.conv for each in envelopes}
    elsewhere = team_mail.moved(conn, account, {each.id: each.conv for each in envelopes})
    if elsewhere:
        dirty |= team_mail.remove(conn, account, elsewhere, changes)
    team_mail.add(conn, account, envelopes, changes)
    return dirty


def _take_away(
    conn: Connection, account: int, scope: str, gone: Iterable[Entity], changes: Changes
) -> set[str]:
    by_type: dict[str, set[str]] = {}
    for entity in gone:
        by_type.setdefault(entity.t, set()).add(entity.id)
    dirty: set[str] = set()
    for t, ids in by_type.items():
        if t == "msg":
            dirty |= team_mail.remove(conn, account, ids, changes)
        else:
            dirty |= talk.take_away(conn, account, scope, t, ids, changes)
    return dirty


def _end(conn: Connection, team: int, deleted: Entity, me: str, now: int, changes: Changes) -> None:
    """Forget a space that was deleted for all, and say so, but to who did it."""
    scope, kind = space_scope(deleted.id), NoticeKind.TAKEN_AWAY
    row = team_spaces.get(conn, scope)
    if row is None:
        return
    told = team_notices.unseen_of(conn, team, kind, scope)
    if row.account or told:
        team_notices.take_back(conn, team, kind, scope, changes)
        if deleted.by != me:
            words = _DELETED.format(row.name or "A shared inbox")
            team_notices.add(conn, team, kind, scope, words, now, changes)
    purge(conn, scope, changes)
    team_spaces.remove(conn, scope)


def purge(conn: Connection, scope: str, changes: Changes) -> None:
    """Forget a scope: nothing of it is seen from now on; `leaving.step` removes what is much."""
    row = team_spaces.get(conn, scope)
    if row is not None and row.account:
        leaving.shut(conn, row.account, changes)
    team_spaces.forget(conn, scope, changes)
