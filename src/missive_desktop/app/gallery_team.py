"""A team of twelve with shared inboxes for the pictures: rows as a server would have sent them."""

from __future__ import annotations

import json
import time
from typing import Any

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Entity, Intent, PendingState, TeamSettings
from missive_desktop.profile import Profile
from missive_desktop.store import team_pending, team_scopes, team_trail, teams
from missive_desktop.store.database import Connection, create_or_open
from missive_desktop.store.writer import Writer
from missive_desktop.team.spaces.projection import SpaceProjection
from missive_wire.chain import Record
from missive_wire.ids import derived_id, org_scope, space_scope

ORG = derived_id("00000000-0000-0000-0000-000000000000", "gallery")
ANA, BEN, CHIARA = (derived_id(ORG, name) for name in ("ana", "ben", "chiara"))
SUPPORT, ORDERS, WORKSHOP = (derived_id(ORG, name) for name in ("support", "orders", "workshop"))
MINUTE = 60_000
TEAM = (
    (ANA, "Ana Ribeiro", "owner"),
    (BEN, "Ben Okafor", "member"),
    (CHIARA, "Chiara Lunghi", "member"),
    *(
        (derived_id(ORG, name), name, "member")
        for name in (
            "Dina Haddad", "Emil Sørensen", "Fatima Zahra Benali", "Hana Kovářová", "Ivo Petrov",
            "Guillaume de la Rochefoucauld-Montbéliard", "佐藤 健", "Kofi Mensah", "Lena Vogt",
        )
    ),
)  # fmt: skip
_CLAIRE = ["Claire Fontaine", "commandes@atelier-velo.example"]
_LONG = (
    "Your exhibitor pass, the hall plan, and what is to be sent to the hall before Thursday at noon"
)
_TEXT = (
    "Hello Ben,\n\nthe driver says the last two parcels were never loaded. We counted again: six"
    " batteries, all sealed.\n\nClaire"
)


def fill(profile: Profile, key: bytes) -> None:
    """Put the team into a profile that nothing has opened yet."""
    store = create_or_open(profile, key)
    writer = Writer(store, lambda changes: None)
    try:
        _Office(writer, SpaceProjection(store.packs)).fill()
    finally:
        writer.close()


class _Office:
    def __init__(self, writer: Writer, projection: SpaceProjection) -> None:
        self._writer = writer
        self._projection = projection
        self._now = time.time_ns() // 1_000_000
        self._seq = 0
        self._team = writer.run(
            lambda conn, changes: teams.insert(
                conn, "https://team.halden.invalid", ORG, ANA, derived_id(ORG, "device"),
                "ana@halden.example", "", TeamSettings("Halden Cycles"), changes,
            )
        )  # fmt: skip

    def fill(self) -> None:
        self._take(
            org_scope(ORG),
            *(self._member(user, name, role) for user, name, role in TEAM),
            self._space(SUPPORT, "Support", "blue"),
            self._space(ORDERS, "Orders", "green"),
            self._space(WORKSHOP, "Workshop", "orange"),
            *(
                self._entity("label", derived_id(ORG, name), {}, {"name": name, "colour": colour})
                for name, colour in (("Dealer", "teal"), ("Warranty", "orange"),
                                     ("Refund", "pink"), ("Invoice", "blue"))
            ),
        )  # fmt: skip
        for space in (SUPPORT, ORDERS, WORKSHOP):
            seats = [self._seat(space, user) for user, _, _ in TEAM]
            self._take(space_scope(space), *seats)
        self._batteries()
        self._trouble()
        self._others()

    def _batteries(self) -> None:
        """The conversation of the pictures: mails, an event, comments, mail on its way."""
        conv, at = derived_id(SUPPORT, "batteries"), self._now - 70 * MINUTE
        header = {
            "st": "open", "inbox": False, "assignees": [BEN], "labels": [derived_id(ORG, "Dealer")],
            "last": at + 60 * MINUTE, "since": at,
        }  # fmt: skip
        said = "@Ben Okafor the scan at the gate says 8 boxes, so it is the carrier."
        self._take(
            space_scope(SUPPORT),
            self._entity("conv", conv, header, {"subject": "Order 48213: 6 of 8 batteries arrived",
                                                "people": [_CLAIRE], "snippet": "The driver says"}),
            self._mail(conv, "one", at - 90 * 24 * MINUTE, "Bonjour, eight batteries were announced"
                       " for Monday, and six came."),
            self._mail(conv, "two", at, "Hi Claire, all eight left us on Friday. Could you send the"
                       " pallet label?", out=True),
            self._send(conv, "two", BEN, "sent", ""),
            self._comment(conv, "c1", ANA, at + 2 * MINUTE, f"{said}\nCan you open a claim before"
                          " we promise a date? https://claims.example/new", [BEN]),
            self._comment(conv, "c2", BEN, at + 3 * MINUTE, "Claim is open, TR-9914. They answer by"
                          " Thursday. @Ana", [ANA]),
            self._mail(conv, "three", at + 60 * MINUTE, _TEXT),
            self._entity("task", derived_id(SUPPORT, "task"),
                         {"conv": conv, "assignees": [BEN], "st": "todo", "due": 0},
                         {"title": "Ask carrier about TR-9914"}),
        )  # fmt: skip
        self._trail(conv, at + MINUTE, ANA, "conversation.assigned", {"assignees": [BEN]})

    def _others(self) -> None:
        for word, name, subject, minutes, state in (
            ("brake", "Mateus Oliveira", "Freio traseiro faz barulho na chuva", 5, {}),
            ("frame", "Jonas Weber", "Rahmennummer für die Versicherung", 30, {}),
            ("seat", "佐藤 美咲", "チャイルドシートの取り付けについて", 61, {}),
            ("refund", "Олена Гриценко", "Повернення коштів за шолом", 90,
             {"assignees": [CHIARA], "inbox": False, "labels": [derived_id(ORG, "Refund")]}),
            ("show", "Cargo Bike Summit", _LONG, 140,
             {"assignees": [user for user, _, _ in TEAM[:9]], "inbox": False,
              "labels": [derived_id(ORG, name) for name in ("Dealer", "Invoice", "Refund")]}),
            ("done", "Pekka Koskinen", "Talvirenkaat 20 tuumaa", 900,
             {"st": "closed", "inbox": False}),
        ):  # fmt: skip
            conv, at = derived_id(SUPPORT, word), self._now - minutes * MINUTE
            header = {"st": "open", "inbox": True, "assignees": [], "labels": [], "last": at,
                      "since": at} | state  # fmt: skip
            person = [name, f"{word}@customers.example"]
            body = {"subject": subject, "people": [person], "snippet": subject}
            mail = self._mail(conv, "mail", at, f"{subject}.", person=person, subject=subject)
            self._take(space_scope(SUPPORT), self._entity("conv", conv, header, body), mail)

    def _trouble(self) -> None:
        """Add what is on its way, what was refused, and mail of which nobody knows."""
        conv, now = derived_id(ORDERS, "trouble"), self._now
        scope = space_scope(ORDERS)
        header = {"st": "open", "inbox": False, "assignees": [ANA], "labels": [], "last": now}
        body = {"subject": "Order 51007: the wrong colour", "people": [_CLAIRE], "snippet": ""}
        told = {"conv": conv, "mentions": []}
        file = {"name": "pallet.jpg", "type": "image/jpeg", "size": 1_800_000}
        seen = json.dumps({"text": "This is what came.", "file": file})
        going = Entity("comment", derived_id(conv, "yes"), {**told, "blob": "b"}, seen, 1, ANA, ANA,
                       now - MINUTE, pending=True, seq=1)  # fmt: skip
        self._take(
            scope,
            self._entity("conv", conv, header, body),
            self._mail(conv, "mail", now - 50 * MINUTE, "Three of them are green, and not blue.",
                       subject="Order 51007: the wrong colour"),
            self._send(conv, "s1", BEN, "uncertain", "The connection to the mail server broke."),
            self._send(conv, "s2", ANA, "failed", "The mail server refused: mailbox is full."),
            self._send(conv, "s3", ANA, "requested", "", due=now + 20 * MINUTE),
            going,
        )  # fmt: skip
        said = json.dumps({"text": "I call them tomorrow morning."})
        no = Intent("put", scope, "comment", derived_id(conv, "no"), "comment.added", told, said)
        closed = Intent("patch", scope, "conv", conv, "conversation.closed", {"st": "closed"})
        given = Intent("patch", scope, "conv", conv, "conversation.assigned", {"assignees": [BEN]})
        states = (
            (no, PendingState.DENIED, "not in this role"),
            (closed, PendingState.CONFLICT, ""),
            (given, PendingState.WAITING, ""),
        )

        def work(conn: Connection, changes: Changes) -> None:
            for intent, state, why in states:
                id_ = team_pending.add(conn, self._team, intent, "", 1, now - MINUTE, changes)
                conn.execute(
                    "UPDATE team_pending SET state = ?, why = ? WHERE id = ?",
                    (state.value, why, id_),
                )

        self._writer.run(work)

    # -- rows

    def _take(self, scope: str, *entities: Entity) -> None:
        def work(conn: Connection, changes: Changes) -> None:
            row = team_scopes.ensure(conn, self._team, scope, changes)
            prepared = self._projection.prepare(row, entities)
            self._projection.project(conn, row, prepared, changes)

        self._writer.run(work)

    def _entity(
        self,
        t: str,
        id_: str,
        header: dict[str, Any],
        body: dict[str, Any] | None,
        own: str = ANA,
        at: int = 0,
    ) -> Entity:
        self._seq += 1
        written = json.dumps(body) if body is not None else ""
        return Entity(t, id_, header, written, 1, own, own, at or self._now, seq=self._seq)

    def _member(self, user: str, name: str, role: str) -> Entity:
        email = f"{name.split()[0].lower()}@halden.example"
        return self._entity("member", user, {"user": user, "role": role},
                            {"name": name, "email": email})  # fmt: skip

    def _space(self, id_: str, name: str, colour: str) -> Entity:
        body = {"name": name, "address": f"{name.lower()}@halden.example", "colour": colour}
        return self._entity("space", id_, {"kind": "inbox"}, body)

    def _seat(self, space: str, user: str) -> Entity:
        return self._entity("seat", derived_id(space, user), {"user": user, "kind": "active"}, None)

    def _comment(
        self, conv: str, word: str, own: str, at: int, text: str, mentions: list[str]
    ) -> Entity:
        header = {"conv": conv, "mentions": mentions}
        return self._entity("comment", derived_id(conv, word), header, {"text": text}, own, at)

    def _mail(
        self,
        conv: str,
        word: str,
        at: int,
        text: str,
        *,
        out: bool = False,
        person: list[str] = _CLAIRE,
        subject: str = "Order 48213: 6 of 8 batteries arrived",
    ) -> Entity:
        team = ["Halden Support", "support@halden.example"]
        body = {
            "message_id": f"{word}.{conv}@mail.example",
            "subject": subject,
            "sender": team if out else person,
            "to": [person if out else team],
            "date": at // 1000,
            "snippet": text[:120].replace("\n", " "),
            "text": text,
        }
        header = {
            "conv": conv,
            "out": out,
            "at": at,
            "size": len(text),
            "blob": word if out else "",
        }
        return self._entity("msg", derived_id(conv, word), header, body, BEN if out else ANA, at)

    def _send(self, conv: str, word: str, own: str, state: str, error: str, due: int = 0) -> Entity:
        text = "Bonjour Claire, the two missing batteries leave today by courier."
        envelope = {"to": [_CLAIRE], "snippet": text, "text": text}
        header = {"conv": conv, "st": state, "due": due, "blob": word, "close": False}
        body = {"envelope": envelope, "error": error}
        at = self._now - 2 * MINUTE
        return self._entity("send", derived_id(conv, word), header, body, own, at)

    def _trail(self, conv: str, at: int, actor: str, act: str, details: dict[str, Any]) -> None:
        scope = space_scope(SUPPORT)
        record = Record(1, at, actor, "", act, b"", b"", "conv", conv, details=details)
        self._writer.run(
            lambda conn, _: team_trail.add(
                conn, self._team, scope, [record], {("conv", conv): conv}, proven=True
            )
        )
