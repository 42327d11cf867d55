"""The routes of the sync over HTTP, on a server as it is started."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.servers.mates import until
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Person, Team, sealed, team

from missive_server.database.opening import open_store
from missive_server.database.work import Query, Work
from missive_wire.ids import new_id


@pytest.fixture
def people(shared_team_server: TeamServer) -> Iterator[Team]:
    made = team(shared_team_server)
    yield made
    made.close()


def test_what_one_writes_the_other_reads(people: Team) -> None:
    ana, ben, _ = people.people
    e, head = ben.head(people.space)
    change = ana.conversation(people.space, k=0)
    (result,) = ana.mutate(change)
    assert result["st"] == "ok"
    told = ben.pull({people.space: (e, head)})
    assert people.space in told["all"]
    page = told["scopes"][people.space]
    assert [row["id"] for row in page["rows"]] == [change["id"]]
    assert page["to"] == page["head"] == result["seqs"][people.space]


def test_the_same_again_is_answered_the_same(people: Team) -> None:
    ana = people.people[0]
    change = ana.conversation(people.space)
    assert ana.mutate(change) == ana.mutate(change)
    skipped = change | {"mid": change["mid"] + 5}
    told = ana.post("/v1/mutate", ana.asked(muts=[skipped]), 409)
    assert (told["error"], told["last_mid"]) == ("gap", change["mid"])


def test_backfill_goes_down_to_the_first(people: Team) -> None:
    ana, ben, _ = people.people
    made = [ana.conversation(people.space) for _ in range(7)]
    ana.mutate(*made)
    found, below = [], 0
    while True:
        page = ben.post("/v1/backfill", ben.asked(scope=people.space, below=below, max=3))
        found += page.get("rows", [])
        below = page["lo"]
        if page.get("done"):
            break
    seqs = [row["seq"] for row in found]
    assert seqs == sorted(seqs, reverse=True)
    assert {row["id"] for row in found} >= {change["id"] for change in made}


def polled(ben: Person, cur: dict[str, Any], wait: int) -> dict[str, Any]:
    """Pull once; what is news but for a signature under the trail, which may come at any time."""
    news = ben.pull(cur, wait=wait).get("scopes") or {}
    cur |= {name: (page["e"], page["to"]) for name, page in news.items()}
    return {name: page for name, page in news.items() if name[0] != "o"}


def test_a_long_poll_ends_with_the_news(people: Team, shared_team_server: TeamServer) -> None:
    ana, ben, _ = people.people
    cur = {scope: ben.head(scope) for scope in ben.pull()["all"]}
    assert polled(ben, cur, 0) == {}
    found: list[dict[str, Any]] = []

    def wait_for_news() -> None:
        while not (news := polled(ben, cur, 30)):
            pass
        found.append(news)

    waiting = threading.Thread(target=wait_for_news)
    start = time.monotonic()
    waiting.start()
    figures = f"{shared_team_server.url}/metrics"
    until(lambda: 'missive_connections{kind="poll"} 1.0' in httpx.get(figures, timeout=60).text)
    change = ana.conversation(people.space)
    ana.mutate(change)
    waiting.join(20)
    assert time.monotonic() - start < 20
    assert [row["id"] for row in found[0][people.space]["rows"]] == [change["id"]]


def test_a_long_poll_gives_up_in_time(people: Team) -> None:
    ben = people.people[1]
    cur = {scope: ben.head(scope) for scope in ben.pull()["all"]}

    def waited() -> float:
        start = time.monotonic()
        assert polled(ben, cur, 1) == {}
        return time.monotonic() - start

    until(lambda: 0.9 < waited() < 10)


def test_who_is_removed_reads_nothing_from_then_on(people: Team) -> None:
    ana, ben, cleo = people.people
    ben.mutate(ben.conversation(people.space))  # who writes often is not asked for anew each time
    removal = people.organization.removal(ben.caller.user)
    (result,) = ana.mutate({"mid": next(ana.mids)} | removal)
    assert result["st"] == "ok", result
    for path, body in [
        ("/v1/pull", ben.asked(cur={people.space: ("", 0)})),
        ("/v1/backfill", ben.asked(scope=people.space)),
        ("/v1/mutate", ben.asked(muts=[ben.conversation(people.space)])),
        ("/v1/audit", {"device": ben.device, "scope": people.space}),
    ]:
        assert ben.post(path, body, 401)["error"] == "removed"
    assert people.space in cleo.pull()["all"]


def test_after_a_restore_only_owners_do_anything(
    people: Team, shared_team_server: TeamServer
) -> None:
    ana, ben, _ = people.people
    asyncio.run(_close(shared_team_server, people.organization.id))
    for path, body in [
        ("/v1/pull", ben.asked(cur={people.space: ("", 0)})),
        ("/v1/mutate", ben.asked(muts=[ben.conversation(people.space)])),
        ("/v1/audit", {"device": ben.device, "scope": people.space}),
        ("/v1/auth/devices/revoke", {"device": ben.device}),
        ("/v1/auth/policy", {"two_factor": False, "presence": None}),
    ]:
        assert ben.post(path, body, 503)["error"] == "wait"
    assert ben.http.get("/v1/auth/devices").status_code == 503
    assert ben.http.get("/v1/auth/me").status_code == 200
    (result,) = ana.mutate(ana.conversation(people.space))
    assert result["st"] == "ok"


async def _close(server: TeamServer, org: str) -> None:
    def work() -> Work[None]:
        yield Query("UPDATE orgs SET closed = 1 WHERE id = $1", (org,))

    store = await open_store("", server.data)
    try:
        await store.run(work)
    finally:
        await store.close()


def test_the_trail_tells_who_did_what(people: Team) -> None:
    ana, ben, _ = people.people
    change = ana.conversation(people.space)
    ana.mutate(change)
    told = ben.post("/v1/audit", {"device": ben.device, "scope": people.space, "id": change["id"]})
    assert [(r["by"], r["act"]) for r in told["records"]] == [
        (ana.caller.user, "conversation.created")
    ]


def test_one_device_serves_at_a_time(people: Team) -> None:
    ana, ben, _ = people.people
    first = ana.post("/v1/lease", {"device": ana.device, "scope": people.space})
    assert first["held"]
    asked = {"device": ben.device, "scope": people.space}
    ben.post("/v1/lease", asked, 403)  # a member, whom nobody handed the mailbox
    header = {"device": ben.device}
    box = ana.change("put", people.space, "mailbox", "mailbox.handed", id=new_id(), h=header)
    ana.mutate(box)
    second = ben.post("/v1/lease", asked)
    assert not second["held"]
    assert second["device"] == ana.device
    ana.mutate(ana.change("del", people.space, "mailbox", "mailbox.withdrawn", id=box["id"]))
    ben.post("/v1/lease", asked, 403)


def test_another_organization_is_as_if_it_was_not_there(
    people: Team, shared_team_server: TeamServer
) -> None:
    others = team(shared_team_server, people=1)
    eve = others.people[0]
    nowhere = "s:00000000-0000-7000-8000-000000000000"
    for scope in (people.space, nowhere):
        told = eve.pull({scope: ("e", 1)})
        assert told["revoked"] == [scope]
        assert eve.post("/v1/backfill", eve.asked(scope=scope), 404)["error"] == "missing"
        eve.post("/v1/audit", {"device": eve.device, "scope": scope}, 404)
        eve.post("/v1/lease", {"device": eve.device, "scope": scope}, 404)
        (result,) = eve.mutate(eve.conversation(scope))
        assert result["st"] in ("denied", "gone")
        assert result.get("cur") is None
    others.close()


def test_a_token_is_for_one_device(people: Team) -> None:
    ana, ben, _ = people.people
    for path in ("/v1/pull", "/v1/mutate", "/v1/backfill"):
        body = ana.asked(device=ben.device, muts=[], scope=people.space)
        assert ana.post(path, body, 403)["error"] == "forbidden"


def test_an_old_schema_is_told_to_update(people: Team) -> None:
    ana = people.people[0]
    told = ana.post("/v1/pull", ana.asked(schema=0), 426)
    assert (told["error"], told["min_schema"]) == ("upgrade", 1)


def test_bodies_travel_as_they_are(people: Team) -> None:
    ana, ben, _ = people.people
    e, head = ben.head(people.space)
    (result,) = ana.mutate(ana.conversation(people.space, k=1, b=sealed("secret"), bv=1))
    rows = ben.pull({people.space: (e, head)}).get("scopes", {}).get(people.space, {}).get("rows")
    if result["st"] == "ok":
        assert rows[0]["b"] == sealed("secret")
    else:
        assert result["st"] == "rekey"  # there is no key epoch yet
