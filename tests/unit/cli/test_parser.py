"""The grammar of the command line: everything the manual shows is understood."""

from __future__ import annotations

import shlex

import pytest

from missive_desktop.cli import main, parser


def parse(line):
    return parser.make().parse_args(shlex.split(line))


@pytest.mark.parametrize(
    ("line", "work"),
    [
        ("", "window"),
        ("--demo", "window"),
        ("--demo --screenshot out.png", "window"),
        ("account add a@b.c", "accounts:add"),
        ("account list --json", "accounts:list_"),
        ("account remove a@b.c", "accounts:remove"),
        ("sync --account a@b.c --watch", "syncing:sync"),
        ("status --json", "syncing:status"),
        ("list --folder INBOX --limit 5 --json", "reading:list_"),
        ("show 17 --raw", "reading:show"),
        ("search from:ana 'a phrase' --limit 3 --count", "reading:search"),
        ("send -", "sending:send"),
        ("archive 1 2 3", "acting:act"),
        ("not-spam 1 --thread", "acting:act"),
        ("flag 1 --clear", "acting:flag"),
        ("move 1 2 --to Work", "acting:place"),
        ("delete 1 --yes", "acting:delete"),
        ("folder create Work --account a@b.c", "acting:create_folder"),
        ("folder role Work archive", "acting:set_role"),
        ("outbox list --json", "sending:outbox_"),
        ("draft send 3", "sending:send_draft"),
        ("import a.mbox Maildir b.eml", "importing:import_"),
        ("export '' --mbox all.mbox", "exporting:export"),
        ("export from:me --eml out", "exporting:export"),
        ("render a.eml b.eml --out d --remote allow", "render"),
        ("gallery --out d", "gallery"),
        ("doctor --online", "doctor:examine"),
    ],
)
def test_commands(line, work):
    assert parse(line).work == work


@pytest.mark.parametrize(
    "line", ["--profile p list", "list --profile p", "--profile other list --profile p"]
)
def test_the_profile_stands_before_or_after(line):
    assert parse(line).profile == "p"


def test_json_is_off_where_nothing_is_listed():
    assert parse("archive 1").json is False
    assert parse("list").json is False


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "account",
        "account add",
        "list --limit 0",
        "list --lim 3",
        "show",
        "show abc",
        "show 1 --raw --text",
        "search",
        "export x",
        "export x --mbox a --eml b",
        "render a.eml",
        "account add a@b.c --security none",
    ],
)
def test_wrong_use_is_two(line, capsys):
    with pytest.raises(SystemExit) as end:
        main.run(shlex.split(line), {})
    assert end.value.code == 2
    assert "missive-desktop" in capsys.readouterr().err


def test_every_command_explains_itself(capsys):
    for line in ["-h", "search -h", "account add -h", "import -h"]:
        with pytest.raises(SystemExit) as end:
            main.run(shlex.split(line), {})
        assert end.value.code == 0
    text = capsys.readouterr().out
    assert "exit codes" in text
    assert "has:attachment" in text
