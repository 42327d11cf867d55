"""No word that a team shares is readable in any file: not of its members, not of its server."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from tests.servers.colleagues import Colleague, Firm, until

from missive_desktop.engine.protocol import Prepare
from missive_desktop.engine.space_admin_requests import EditSpace, InviteMember
from missive_desktop.engine.space_requests import AddTask, Assign, Comment, MakeLabel
from missive_desktop.store import team_mail, team_scopes, team_talk, teams

WORDS = [
    "wendehalssubject", "wendehalssender", "wendehalsbody", "wendehalsattached", "wendehalscomment",
    "wendehalstask", "wendehalslabel", "wendehalsspace", "wendehalsinvited",
]  # fmt: skip
MAIL = (
    b"From: Wendehalssender <wendehalssender@example.org>\r\nTo: help@example.com\r\n"
    b"Subject: wendehalssubject\r\nMessage-ID: <one@example.org>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nwendehalsbody\r\n"
    b"--b\r\nContent-Type: text/plain; name=a.txt\r\n"
    b"Content-Disposition: attachment; filename=a.txt\r\n\r\nwendehalsattached\r\n--b--\r\n"
)


def spellings(word: str) -> list[bytes]:
    found = [word.encode(), word.encode("utf-16-le")]
    return found + [b64encode(b"x" * n + word.encode())[4:-4] for n in range(3)]


FORMS = {form.lower(): word for word in WORDS for form in spellings(word)}


def readable(directory: Path, secrets: list[bytes]) -> list[str]:
    found = []
    for file in (each for each in directory.rglob("*") if each.is_file()):
        content = file.read_bytes()
        lower = content.lower()
        found += [f"{word} in {file}" for form, word in FORMS.items() if form in lower]
        found += [f"a secret in {file}" for secret in secrets if secret in content]
    return found


def secrets_of(who: Colleague) -> list[bytes]:
    """Return what nobody else may have: private keys, keys of scopes, the session."""
    private = teams.private_keys(who.conn, who.team)
    found = [private.identity, private.sign, private.box]
    for scope in team_scopes.all_(who.conn, who.team):
        found += team_scopes.keys(who.conn, who.team, scope.scope).values()
    token = teams.token(who.conn, who.team).encode()
    return [form for each in [*found, token] for form in (each, each.hex().encode())]


def test_nothing_that_a_team_shares_is_readable_on_a_disk(firm: Firm, tmp_path: Path) -> None:
    ana, ben, scope = firm.ana, firm.ben, firm.scope
    conv, _ = ana.file_mail(scope, MAIL)
    until(lambda: ben.here(scope, conv))
    here = ben.here(scope, conv)
    ben.call(Comment(conversation=here, text="wendehalscomment"))
    ben.call(AddTask(title="wendehalstask", conversation=here))
    ben.call(Assign(conversations=(here,), add=(ben.user,)))
    ana.call(MakeLabel(account=ana.account(scope), name="wendehalslabel"))
    ana.call(EditSpace(scope=scope, name="wendehalsspace"))
    ana.call(InviteMember(team=ana.team, email="wendehalsinvited@example.org"))
    until(lambda: team_talk.comments(ana.conn, ana.account(scope), conv))
    until(lambda: team_talk.tasks(ana.conn, ana.account(scope)))
    (row,) = team_mail.of_conversation(ben.conn, ben.account(scope), conv)
    ben.call(Prepare(messages=(row.message,)))
    until(lambda: not team_mail.incomplete(ben.conn, [row.message]))
    everything = secrets_of(ana) + secrets_of(ben)
    assert readable(tmp_path, everything) == []
    server = firm.office.server
    assert readable(server.data, everything) == []
    for each in (ana, ben):
        each.close()
    assert readable(tmp_path, everything) == []
    assert not any(word in server.log.read_text("utf-8").lower() for word in WORDS)
