"""The trail of a team on the command line. Names are resolved here: the server knows only ids."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from missive_desktop import profile
from missive_desktop.cli import opening, output, setbacks, team_names
from missive_desktop.cli.naming import Names
from missive_desktop.engine.trail_requests import (
    AcceptRestore,
    Erase,
    ExportTrail,
    FollowTrail,
    ListUnpurged,
    ReadDeleted,
    ReadTrail,
    VerifyTrail,
)
from missive_desktop.errors import DiskTrouble, Offline, UsageError
from missive_desktop.store import database, team_conversations, team_spaces, team_trail, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_trail import Event, Wanted
from missive_wire import shapes
from missive_wire.acts import ACTS
from missive_wire.ids import is_id, space_scope

_SHORT = {
    "replied": {"send.requested", "conversation.replied", "send.sent"},
    "deleted": {name for name in ACTS if name.endswith((".deleted", ".trashed", ".removed"))},
    "opened": {"attachment.opened", "attachment.saved"},
    "read": {"blob.read", "audit.read", "export.made"},
    "logins": {name for name in ACTS if name.startswith("account.")},
    "access": {name for name in ACTS if name.startswith(("seat.", "member.", "device.", "invite."))}
    | {"grant.made", "grant.rotated", "grant.asked"},
}


def verify(chosen: argparse.Namespace) -> int:
    """Verify the trail, or one that was written into a file."""
    if chosen.file:
        return _verify_file(chosen)
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        answer = client.call(VerifyTrail(team=team.id))
        if chosen.accept and _accepts(client, team.id, answer["restores"], yes=chosen.yes):
            answer = client.call(VerifyTrail(team=team.id))
        names = Names(conn, team)
    findings = [(names.scope(scope), words) for _, scope, words in answer["findings"]]
    lines, before = setbacks.told(answer["before"], answer["restores"], names, _when)
    if chosen.json:
        output.json(answer)
    else:
        _say(findings)
        for line in lines:
            print(output.line(line), file=sys.stderr)
        entries = sum(answer["counts"].values())
        if not findings:
            print(f"{entries} entries in {len(answer['counts'])} trails hold.")
        if answer["at"]:
            print(f"Signed {_when(answer['at'])}; code {answer['code']}.")
        else:
            print("The server has signed no trail yet.")
    return 1 if findings or before else 0


def _accepts(client: Any, team: int, restores: list[dict[str, Any]], *, yes: bool) -> bool:
    """Accept each restore that nobody accepted, if that is wished; say whether there was one."""
    new = [each for each in restores if not each["by"]]
    for each in new:
        when, made = _when(each["at"]), _when(each["made"])
        opening.confirmed(f"Was the server restored on {when} from a backup of {made}?", yes)
        about = {name: each[name] for name in ("epoch", "at", "made")}
        client.call(AcceptRestore(team=team, **about))
    return bool(new)


def _verify_file(chosen: argparse.Namespace) -> int:
    from missive_desktop.team import evidence  # PyNaCl: only here is it needed without the engine

    try:
        given = evidence.read(Path(chosen.file).expanduser().read_bytes())
    except OSError as error:
        raise UsageError(f"{chosen.file} cannot be read: {error.strerror}.") from error
    findings = [(each.scope, each.words) for each in evidence.judged(given)]
    whose, known = "", profile.locate(chosen.profile).database.exists()
    if known:
        with opening.reading(chosen) as opened:
            team = teams.by_org(opened.conn, given.org)
            if team is not None:
                findings += _against(opened.conn, team.id, team.server_key, given, chosen.file)
                whose = "; the server's key is the one that is known here"
    entries = sum(map(len, given.scopes.values()))
    if chosen.json:
        output.json({"entries": entries, "findings": findings})
    else:
        _say(findings)
        if not findings:
            print(f"{entries} entries hold, signed by {given.key.hex()}{whose}.")
    return 1 if findings else 0


def _against(
    conn: Connection, team: int, key: bytes, given: Any, name: str
) -> list[tuple[str, str]]:
    """Compare a file with what this device was told."""
    from missive_desktop.team import evidence

    mine = team_trail.hashes(conn, team, list(given.scopes))
    found = [(each.scope, each.words) for each in evidence.compared(given, name, mine)]
    if key and key != given.key:
        found.append(
            ("", "The file is signed by another key than the server's that is known here.")
        )
    return found


def _say(findings: list[tuple[str, str]]) -> None:
    for where, words in findings:
        print(output.line(f"{where}: {words}" if where else words), file=sys.stderr)


def list_(chosen: argparse.Namespace) -> int:
    """List who did what."""
    since = team_names.moment(chosen.since, int(time.time())) * 1000 if chosen.since else 0
    since = _ago(chosen.since, since)
    opened = opening.existing(chosen)
    key = opening.unlock(opened)
    store = database.Store(opened.database, opened.packs, key)
    if chosen.offline:
        with opening.reading_with(opened, key) as conn:
            return _listed(chosen, conn, store, since)
    from missive_desktop.engine.blocking import BlockingClient  # reading needs no engine

    with BlockingClient(opened, key) as client, opening.reading_with(opened, key) as conn:
        team = team_names.team(conn, chosen.team)
        if chosen.space and _deleted(conn, team.id, chosen.space):
            return _list_deleted(chosen, client, conn, since)
        try:
            client.call(ReadTrail(team=team.id, since=since))
            if chosen.conversation:
                here = team_names.conversation(conn, chosen.conversation)
                client.call(FollowTrail(conversation=here))
        except Offline as error:
            print(output.line(f"{error} What is here is listed."), file=sys.stderr)
        return _listed(chosen, conn, store, since)


def _deleted(conn: Connection, team: int, name: str) -> str:
    """Return the scope of an id that is of no space any more; "" for one that is there."""
    there = {row.scope for row in team_spaces.all_(conn, team)}
    return space_scope(name) if is_id(name) and space_scope(name) not in there else ""


def _list_deleted(chosen: argparse.Namespace, client: Any, conn: Connection, since: int) -> int:
    """List what the server kept of the trail of a deleted space: nothing of it is here."""
    team = team_names.team(conn, chosen.team)
    answer = client.call(ReadDeleted(team=team.id, scope=_deleted(conn, team.id, chosen.space)))
    names, acts = Names(conn, team), _acts(chosen.act)
    actor = team_names.person(names.people, chosen.who, team.user) if chosen.who else None
    events = [
        each
        for each in (shapes.convert(told, Event) for told in answer["events"])
        if each.at >= since and actor in (None, each.actor) and (not acts or each.act in acts)
    ]
    _show(chosen, [_row(names, each) for each in events[: chosen.limit]])
    if answer["wrong"]:
        print(output.line(answer["wrong"]), file=sys.stderr)
    return 1 if answer["wrong"] else 0


def _ago(text: str | None, at: int) -> int:
    """A span such as 3d looks back here."""
    now = int(time.time()) * 1000
    return 2 * now - at if text and at > now else at


def _listed(chosen: argparse.Namespace, conn: Connection, store: database.Store, since: int) -> int:
    team = team_names.team(conn, chosen.team)
    names = Names(conn, team, store)
    conv = ""
    if chosen.conversation:
        here = team_names.conversation(conn, chosen.conversation)
        found = team_conversations.find_by_id(conn, here)
        if found is None:
            raise UsageError("This conversation is not of a shared inbox.")
        conv = found[1]
    actor = team_names.person(names.people, chosen.who, team.user) if chosen.who else None
    scope = team_names.space(conn, chosen.space).scope if chosen.space else ""
    wanted = Wanted(_acts(chosen.act), actor, conv, since, chosen.limit, scope)
    _show(chosen, [_row(names, each) for each in team_trail.listed(conn, team.id, wanted)])
    return 0


def _show(chosen: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    if chosen.csv:
        _write_csv(chosen.csv, rows)
    elif chosen.json:
        output.json(rows)
    else:
        output.table([(_when(r["at"]), r["who"], r["did"], r["what"], r["where"]) for r in rows])


def _acts(given: list[str]) -> set[str]:
    found: set[str] = set()
    for name in given:
        if name not in _SHORT and name not in ACTS:
            raise UsageError(f"There is no act {name}. There are: {', '.join([*_SHORT, *ACTS])}.")
        found |= _SHORT.get(name, {name})
    return found


def _row(names: Names, event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "who": names.who(event),
        "did": event.words,
        "what": names.what(event),
        "where": names.scope(event.scope),
        "conversation": names.conversation(event),
        "act": event.act,
        "user": event.actor,
        "device": event.device,
        "t": event.t,
        "id": event.id,
        "scope": event.scope,
        "n": event.n,
        "proven": event.proven,
        "details": event.details,
    }


def _write_csv(name: str, rows: list[dict[str, Any]]) -> None:
    if name == "-":
        _csv(sys.stdout, rows)
        return
    path = Path(name).expanduser()
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            _csv(file, rows)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already.") from error
    except OSError as error:
        raise DiskTrouble(f"The table was not written: {error.strerror}.") from error


def _csv(file: TextIO, rows: list[dict[str, Any]]) -> None:
    writer = csv.writer(file)
    columns = ("who", "did", "what", "where", "act", "user", "device", "id", "scope", "n")
    writer.writerow(("at", *columns))
    for row in rows:
        writer.writerow([_harmless(each) for each in _cells(row, columns)])


def _cells(row: dict[str, Any], columns: tuple[str, ...]) -> Iterator[str]:
    yield datetime.fromtimestamp(row["at"] / 1000).astimezone().isoformat(timespec="seconds")
    for name in columns:
        yield str(row[name])


def _harmless(text: str) -> str:
    """A subject that a spreadsheet would take for a formula is text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def export(chosen: argparse.Namespace) -> int:
    """Write the trail into a file."""
    path = Path(chosen.file).expanduser().absolute()
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        answer = client.call(ExportTrail(team=team.id, path=str(path)))
    print(f"{answer['entries']} entries are in {path}.", file=sys.stderr)
    return 0


def erase(chosen: argparse.Namespace) -> int:
    """Erase for good."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        here = team_names.conversation(conn, chosen.conversation) if chosen.conversation else 0
        opening.confirmed("Erase it for good, for everybody? Nothing brings it back.", chosen.yes)
        answer = client.call(Erase(team=team.id, conversation=here, user=chosen.user or ""))
    print(f"Erased: {answer['erased']} entries. Copies that people made elsewhere are not reached.")
    return 0


def unpurged(chosen: argparse.Namespace) -> int:
    """List who may still hold what was taken away."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        answer = client.call(ListUnpurged(team=team.id))
        names = Names(conn, team)
    rows = [
        each | {"who": names.person(each["user"]), "where": names.scope(each["scope"])}
        for each in answer["open"]
    ]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table(
            [
                (r["who"], r["where"], f"taken {_when(r['since'])}", f"seen {_when(r['seen'])}")
                for r in rows
            ]
        )
    else:
        print("Every device has removed what was taken away.", file=sys.stderr)
    return 0


def _when(ms: int) -> str:
    return output.local_time(ms // 1000).strftime("%Y-%m-%d %H:%M")
