"""No query of the server reads through a whole table, however small its plans take it to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers.organizations import Organization
from tests.servers.sync_node import Node, with_node

from missive_server.core.values import Call
from missive_server.database.store import Store
from missive_server.database.work import Query, Work
from missive_server.service import leases, reading, trail
from missive_server.service.upkeep import forget_answers
from missive_server.service.writing import applied
from missive_wire.feed import BackfillRequest, PullRequest
from missive_wire.routes import AuditRequest, LeaseRequest


def _explained(plans: list[str], work: Callable[..., Work[Any]], *args: Any) -> Work[Any]:
    """Ask for the plan of each query before it is done."""
    going, rows = work(*args), None
    try:
        while True:
            asked = going.send(rows)
            if isinstance(asked, Query) and asked.sql.lstrip().startswith("SELECT"):
                explain = "EXPLAIN QUERY PLAN " if plans[0] == "sqlite" else "EXPLAIN "
                plan = yield Query(explain + asked.sql, asked.params)
                plans.append("\n".join(str(line[-1]) for line in plan))
            rows = yield asked
    except StopIteration as end:
        return end.value


async def _all(store: Store, node: Node, org: Organization) -> list[str]:
    plans = [store.dialect]
    who, scope = org.people[1], org.spaces[0]
    conv = org.conversation()
    calls: list[Call] = [
        org.call(who, conv),
        org.call(org.people[2], org.comment(conv["id"], fence=1)),
        org.call(org.owner, org.handed(who.device)),
        org.call(org.owner, org.removal(org.people[2].user)),
    ]
    now = node.clock()
    await store.run(_explained, plans, applied, calls, now)
    await store.run(_explained, plans, applied, calls, now)
    works: list[tuple[Any, ...]] = [
        (reading.pull, who.user, PullRequest(who.device, 1, {scope: ("", 0)}), now),
        (reading.change, scope, 1),
        (reading.readers, scope),
        (reading.heads, [scope]),
        (reading.backfill, who.user, BackfillRequest(who.device, 1, scope)),
        (reading.backfill, who.user, BackfillRequest(who.device, 1, scope, conv=conv["id"])),
        (reading.backfill, who.user, BackfillRequest(who.device, 1, scope, types=("conv",))),
        (trail.page, who, AuditRequest(who.device, scope, id=conv["id"])),
        (leases.hold, who, LeaseRequest(who.device, scope), now),
        (forget_answers, who.device, now),
    ]
    for work in works:
        await store.run(_explained, plans, *work)
    return plans[1:]


def test_every_query_goes_by_an_index(server_address: str, tmp_path: Path) -> None:
    async def body(node: Node, org: Organization) -> None:
        plans = await _all(node.store, node, org)
        assert len(plans) > 25
        scans = r"SCAN (?!k\b|json_each)|Seq Scan|Hash Join|Merge Join"
        assert [plan for plan in plans if re.search(scans, plan)] == []
        # An index read from end to end is a scan too, and so is a scope searched for one id.
        wide = r"Index (?:Only )?Scan (?:Backward )?using .*\n\s++(?!Index Cond)|Filter: .*\bid = "
        assert [plan for plan in plans if re.search(wide, plan)] == []

    with_node(server_address, tmp_path, body)
