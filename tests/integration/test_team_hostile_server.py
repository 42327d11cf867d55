"""A server that lies about rows: the client finds out, says so, and shows nothing that is false.

What it can do to the trail stands in test_team_trail, to keys and certificates in the unit tests of
`team.keys`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers.liar import Json, Liar, lying, pages, planted
from tests.servers.mates import Mate, Mates, until

from missive_desktop.domain.team import Intent
from missive_desktop.store import team_scopes
from missive_wire import limits
from missive_wire.ids import new_id, org_scope, space_scope, user_scope


@pytest.fixture
def liar(mates: Mates) -> Iterator[Liar]:
    with lying(mates.office.server) as made:
        yield made


@pytest.fixture
def both(mates: Mates, liar: Liar) -> tuple[Mate, Mate, str, list[str]]:
    """Ana, who is told the truth, and two comments of hers; Ben, who will not be, at rest."""
    member = mates.join()
    ana, ben = mates.mate(), mates.mate(member, liar)  # type: ignore[arg-type]
    conv = ana.conversation(mates.scope)
    comments = [ana.comment(mates.scope, conv, words) for words in ("marmalade", "zanzibar")]
    until(lambda: not ana.pending())
    return ana, ben, conv, comments


def rows_of(path: str, question: Json, answer: Json, *ids: str) -> list[Json]:
    found = [row for _, page in pages(path, question, answer) for row in page.get("rows", ())]
    return [row for row in found if row["id"] in ids]


def text(mate: Mate, scope: str, id_: str) -> str:
    row = mate.rows(scope, "comment").get(id_)
    return row.body if row else ""


def test_bodies_that_are_swapped_are_shown_nowhere(mates: Mates, liar: Liar) -> None:
    member = mates.join()
    ana = mates.mate()
    conv = ana.conversation(mates.scope)
    one, two = (ana.comment(mates.scope, conv, words) for words in ("marmalade", "zanzibar"))
    until(lambda: not ana.pending())

    def swap(path: str, question: Json, answer: Json) -> Json:
        found = rows_of(path, question, answer, one, two)
        if len(found) == 2:
            found[0]["b"], found[1]["b"] = found[1]["b"], found[0]["b"]
        return answer

    liar.bend = swap
    ben = mates.mate(member, liar)  # type: ignore[arg-type]
    until(lambda: {one, two} <= set(ben.rows(mates.scope, "comment")))
    until(lambda: "tampered" in ben.notices())
    assert text(ben, mates.scope, one) == text(ben, mates.scope, two) == ""
    comments = ben.reader.execute("SELECT text FROM team_comments").fetchall()
    assert not any("marmalade" in words or "zanzibar" in words for (words,) in comments)
    assert conv in ben.rows(mates.scope, "conv")  # and what is true is shown


def test_an_author_that_the_server_invents_is_not_believed(mates: Mates, liar: Liar) -> None:
    member = mates.join()
    ana = mates.mate()
    conv = ana.conversation(mates.scope)
    said = ana.comment(mates.scope, conv, "marmalade")
    until(lambda: not ana.pending())

    def claim(path: str, question: Json, answer: Json) -> Json:
        for row in rows_of(path, question, answer, said):
            row["own"] = row["by"] = member.me.user
        return answer

    liar.bend = claim
    ben = mates.mate(member, liar)  # type: ignore[arg-type]
    until(lambda: "tampered" in ben.notices())
    assert text(ben, mates.scope, said) == ""


def test_a_row_that_is_kept_back_is_missed(mates: Mates, both: tuple, liar: Liar) -> None:
    ana, ben, conv, (one, _) = both

    def drop(path: str, question: Json, answer: Json) -> Json:
        for _, page in pages(path, question, answer):
            page["rows"] = [row for row in page.get("rows", ()) if row["id"] != later[0]]
        return answer

    until(lambda: one in ben.rows(mates.scope, "comment") and ben.whole(mates.scope))
    later = [new_id()]
    liar.bend = drop
    body = '{"text": "never told"}'
    header = {"conv": conv, "mentions": []}
    ana.team.submit(
        [Intent("put", mates.scope, "comment", later[0], "comment.added", header, body)]
    )
    until(lambda: "resynced" in ben.notices(), 120)
    assert later[0] not in ben.rows(mates.scope, "comment")


def test_an_old_body_is_not_brought_back(mates: Mates, liar: Liar) -> None:
    member = mates.join()
    ana = mates.mate()
    conv = ana.conversation(mates.scope)
    said = ana.comment(mates.scope, conv, "marmalade")
    until(lambda: not ana.pending())
    old: Json = {}

    def keep(path: str, question: Json, answer: Json) -> Json:
        for row in rows_of(path, question, answer, said):
            old.update({name: row[name] for name in ("b", "bv", "k")})
        return answer

    def replay(path: str, question: Json, answer: Json) -> Json:
        for row in rows_of(path, question, answer, said):
            row.update(old)
        return answer

    liar.bend = keep
    ben = mates.mate(member, liar)  # type: ignore[arg-type]
    until(lambda: text(ben, mates.scope, said))
    liar.bend = lambda path, question, answer: answer
    edit(ana, mates.scope, said, "marmalade, corrected")
    until(lambda: "corrected" in text(ben, mates.scope, said))
    liar.bend = replay
    edit(ana, mates.scope, said, "marmalade, corrected twice")
    until(lambda: "tampered" in ben.notices())
    assert "corrected" in text(ben, mates.scope, said)


def test_scopes_without_end_are_not_taken_up(
    mates: Mates, both: tuple, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many rows and keys would fill the disk, and each of them is asked about at each pull."""
    ana, ben, conv, _ = both
    monkeypatch.setattr(limits, "SCOPES", 10)
    invented = [space_scope(new_id()) for _ in range(50)]
    cannot_be = [user_scope(ana.member.me.user), "left 1 s:", org_scope(new_id())]

    def name_more(path: str, question: Json, answer: Json) -> Json:
        if "all" in answer:
            answer["all"] += [*cannot_be, *invented]
        return answer

    liar.bend = name_more
    said = ana.comment(mates.scope, conv, "now")
    ben.team.again()
    until(lambda: "tampered" in ben.notices())
    known = {row.scope for row in team_scopes.all_(ben.reader, ben.id)}
    assert len(known) <= 10
    assert not known & set(cannot_be)
    until(lambda: said in ben.rows(mates.scope, "comment"))  # the rest goes on


def edit(mate: Mate, scope: str, id_: str, words: str) -> None:
    body = f'{{"text": "{words}"}}'
    mate.team.submit([Intent("patch", scope, "comment", id_, "comment.edited", {}, body)])
    until(lambda: not mate.pending())


@pytest.mark.parametrize("how", ["copied", "unsigned"])
def test_a_device_that_the_server_plants_gets_no_key(mates: Mates, liar: Liar, how: str) -> None:
    member, org = mates.join(), org_scope(mates.owner.me.org)
    ana, strange = mates.mate(), new_id()

    def plant(path: str, question: Json, answer: Json) -> Json:
        for scope, page in pages(path, question, answer):
            known = [row for row in page.get("rows", ()) if row["t"] == "device"]
            if scope == org and known and not question.get("types"):
                cert = known[0]["h"]["cert"] if how == "copied" else "e30.e30"
                header = {"user": mates.owner.me.user, "cert": cert}
                planted(page, known[0] | {"id": strange, "v": 1, "h": header})
        return answer

    liar.bend = plant
    ben = mates.mate(member, liar)  # type: ignore[arg-type]
    until(lambda: ben.whole(mates.scope) and strange in ben.rows(org, "device"))
    until(lambda: ben.team.vault.roster.members)
    assert strange not in ben.team.vault.roster.devices
    conv = ben.conversation(mates.scope, "Between us")
    until(lambda: conv in ana.rows(mates.scope, "conv"))
    grants = ana.rows(mates.scope, "grant") | ana.rows(org, "grant")
    assert all(strange not in row.h["keys"] for row in grants.values())
