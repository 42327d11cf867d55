"""The grammar of what teams and shared inboxes are about. Imports nothing heavy."""

from __future__ import annotations

import argparse

from missive_desktop.cli import login_parser, trail_parser
from missive_desktop.cli.grammar import command, group

_Commands = argparse._SubParsersAction  # argparse has no public name for it
_IDS = "a message of the conversation, as `list` names it"
_ROLES = ("owner", "admin", "member", "drafter", "viewer", "guest")
_WHEN = "2h, 3d, 1w, 2026-11-03, 2026-11-03T09:00"


def add(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _team(commands)
    _inbox(commands)
    _acts(commands)
    _tasks(commands)


def _team(commands: _Commands[argparse.ArgumentParser]) -> None:
    team = group(commands, "team", "come into teams; members, their roles, invitations")
    login_parser.add_teams(team)
    trail_parser.add_team(team)
    members = command(team, "members", "team_admin:members", "list the members", lists=True)
    invite = command(
        team,
        "invite",
        "team_admin:invite",
        "make an invitation link for somebody",
        lists=True,
        epilog="Send the link over a way that you trust: who has it can join in their stead,\n"
        "once, within seven days.",
    )
    invite.add_argument("email", metavar="EMAIL")
    invite.add_argument("--name", metavar="NAME", default="", help="what to call them")
    invite.add_argument("--role", choices=_ROLES, default="member", help="member by default")
    invite.add_argument(
        "--inbox", metavar="INBOX", action="append", default=[], help="a space that they will see"
    )
    invite.add_argument("--observer", action="store_true", help="sees it, is not notified")
    remove = command(team, "remove", "team_admin:remove", "take somebody out, at once, everywhere")
    remove.add_argument("who", metavar="WHO", help="a member, by name or e-mail")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    role = command(team, "role", "team_admin:role", "give somebody another role")
    role.add_argument("who", metavar="WHO", help="a member, by name or e-mail")
    role.add_argument("role", choices=_ROLES)
    leave = command(team, "leave", "team_admin:leave", "leave the team; what it shares goes here")
    leave.add_argument("--yes", action="store_true", help="do not ask")
    for parser in (members, invite, remove, role, leave):
        parser.add_argument("--team", metavar="NAME", help="needed where there are several")


def _inbox(commands: _Commands[argparse.ArgumentParser]) -> None:
    inbox = group(commands, "inbox", "shared inboxes: who sees them")
    command(inbox, "list", "team_admin:inboxes", "list the shared inboxes", lists=True)
    share = command(inbox, "share", "serving:share", "make a shared inbox", lists=True)
    share.add_argument("name", metavar="NAME")
    share.add_argument("--address", metavar="ADDRESS", default="", help="whose mail it will hold")
    share.add_argument(
        "--account", metavar="ADDRESS", help="the mailbox behind it, an account of this profile"
    )
    share.add_argument("--colour", metavar="COLOUR", default="")
    share.add_argument("--team", metavar="NAME", help="needed where there are several")
    _serving(commands, inbox)
    people = command(inbox, "members", "team_admin:seats", "list who sees it", lists=True)
    let = command(inbox, "let", "team_admin:let", "let a member see it")
    out = command(inbox, "out", "team_admin:out", "take it from a member")
    for parser in (people, let, out):
        parser.add_argument("inbox", metavar="INBOX", help="by name or address")
    for parser in (let, out):
        parser.add_argument("who", metavar="WHO", help="a member, by name or e-mail")
    let.add_argument("--observer", action="store_true", help="sees it, is not notified")
    let.add_argument("--role", choices=_ROLES, default="", help="in this inbox only")
    change = command(inbox, "set", "team_admin:change", "change how it behaves")
    change.add_argument("inbox", metavar="INBOX", help="by name or address")
    change.add_argument("--name", metavar="NAME", default="")
    change.add_argument("--address", metavar="ADDRESS", default="")
    change.add_argument("--colour", metavar="COLOUR", default="")
    change.add_argument(
        "--who-answers", choices=("takes-it", "leaves-it"), help="takes-it by default"
    )
    change.add_argument(
        "--later-replies", choices=("assignee", "team"), help="where they go; assignee by default"
    )

    delete = command(
        inbox,
        "delete",
        "team_admin:delete",
        "delete it for everybody, with all that is shared in it",
        epilog="Conversations, comments and tasks go from the server and from all computers. The\n"
        "mailbox behind it keeps its mail. That it was deleted, and by whom, stays in the trail.",
    )
    delete.add_argument("inbox", metavar="INBOX", help="by name or address")
    delete.add_argument("--yes", action="store_true", help="do not ask")


def _serving(
    commands: _Commands[argparse.ArgumentParser], inbox: _Commands[argparse.ArgumentParser]
) -> None:
    serve = command(
        inbox,
        "serve",
        "serving:serve",
        "have this computer fetch and send the mail of a shared inbox",
        epilog="The mailbox is no account of your own any more: its mail is in the shared inbox.\n"
        "It is served while the window is open, or by `worker`; of several computers by one.",
    )
    serve.add_argument("inbox", metavar="INBOX", help="by name or address")
    serve.add_argument("--account", metavar="ADDRESS", help="the mailbox, an account here")
    serve.add_argument(
        "--archive-closed", action="store_true", help="move the mail of what is closed there, too"
    )
    serve.add_argument("--stop", action="store_true", help="serve it from here no more")
    hand = command(
        inbox,
        "hand",
        "serving:hand",
        "have another computer of the team serve it, from the same mailbox",
        epilog="The password travels sealed to that device: neither the server nor other members\n"
        "can read it. This computer stands by from then on.",
    )
    hand.add_argument("inbox", metavar="INBOX", help="by name or address")
    hand.add_argument("device", metavar="DEVICE", help="its id, or the end that `devices` shows")
    hand.add_argument("--account", metavar="ADDRESS", help="the mailbox, if not served from here")
    hand.add_argument("--back", action="store_true", help="take it back from that device")
    command(inbox, "served", "serving:served_", "list what is served from here", lists=True)
    command(
        commands,
        "worker",
        "serving:worker",
        "serve shared inboxes without a window, until told to end",
        epilog="For a machine that is always on. Of several that serve the same inbox one does,\n"
        "and another takes over when it does not answer any more.",
    )


def _acts(commands: _Commands[argparse.ArgumentParser]) -> None:
    assign = command(commands, "assign", "team_acts:assign", "give a conversation to members")
    assign.add_argument("id", metavar="ID", type=int, help=_IDS)
    assign.add_argument("who", metavar="WHO", nargs="*", help="name or e-mail; me")
    assign.add_argument("--remove", metavar="WHO", action="append", default=[])
    assign.add_argument("--archive", action="store_true", help="and out of my own Inbox")
    assign.add_argument("--nobody", action="store_true", help="back into the team inbox")
    for name, summary in (
        ("close", "close conversations, for all"),
        ("reopen", "open conversations again, for all"),
    ):
        parser = command(commands, name, "team_acts:set_open", summary)
        parser.add_argument("ids", metavar="ID", nargs="+", type=int, help=_IDS)
    comment = command(
        commands,
        "comment",
        "team_acts:comment",
        "say something to those who share a conversation, or list what was said",
        lists=True,
        epilog="@Name mentions somebody, @all everybody who is active. Nobody outside sees it.",
    )
    comment.add_argument("id", metavar="ID", type=int, help=_IDS)
    comment.add_argument("text", metavar="TEXT", nargs="?", default="")
    comment.add_argument("--file", metavar="FILE", help="a file that goes along with it")
    comment.add_argument(
        "--save", metavar="COMMENT", help="write the file of a comment to the --file"
    )
    comment.add_argument("--edit", metavar="COMMENT", help="put TEXT in its place; empty: delete")
    rename = command(
        commands, "rename", "team_acts:rename", "call a conversation otherwise, for all",
        epilog="The mail itself keeps its subject. Without a NAME it is called as its mail says.",
    )  # fmt: skip
    rename.add_argument("id", metavar="ID", type=int, help=_IDS)
    rename.add_argument("name", metavar="NAME", nargs="?", default="")
    label = command(commands, "label", "team_acts:label", "put shared labels on conversations")
    label.add_argument("name", metavar="NAME")
    label.add_argument("ids", metavar="ID", nargs="+", type=int, help=_IDS)
    label.add_argument("--remove", action="store_true", help="take it off instead")
    label.add_argument("--make", action="store_true", help="make it where there is none")
    label.add_argument("--colour", metavar="COLOUR", default="", help="of one that is made")
    snooze = command(commands, "snooze", "team_acts:snooze", "put conversations off, for oneself")
    snooze.add_argument("until", metavar="UNTIL", help=f"{_WHEN}; off: bring them back")
    snooze.add_argument("ids", metavar="ID", nargs="+", type=int, help=_IDS)
    watch = command(commands, "watch", "team_acts:watch", "have comments bring conversations back")
    watch.add_argument("ids", metavar="ID", nargs="+", type=int, help=_IDS)
    watch.add_argument("--off", action="store_true", help="let comments not bring them back")
    transfer = command(
        commands, "transfer", "team_acts:transfer", "move conversations to another shared inbox"
    )
    transfer.add_argument("inbox", metavar="INBOX", help="by name or address")
    transfer.add_argument("ids", metavar="ID", nargs="+", type=int, help=_IDS)
    pending = command(
        commands, "pending", "team_acts:pending", "list what a team's server does not have yet",
        lists=True, epilog="Also what it refused, and why. Mail to be sent: `outbox list`.",
    )  # fmt: skip
    which = pending.add_mutually_exclusive_group()
    which.add_argument("--drop", metavar="ID", type=int, help="let go of what was refused")
    which.add_argument(
        "--again", metavar="ID", type=int, help="do it again, over what is there now"
    )


def _tasks(commands: _Commands[argparse.ArgumentParser]) -> None:
    task = group(commands, "task", "things to do, of a conversation or of a shared inbox")
    list_ = command(task, "list", "team_acts:tasks", "list the tasks", lists=True)
    list_.add_argument("--all", action="store_true", help="closed ones too")
    add_ = command(task, "add", "team_acts:add_task", "make a task", lists=True)
    add_.add_argument("title", metavar="TITLE")
    where = add_.add_mutually_exclusive_group(required=True)
    where.add_argument("--of", metavar="ID", type=int, help=_IDS)
    where.add_argument("--inbox", metavar="INBOX", help="by name or address")
    edit = command(task, "edit", "team_acts:edit_task", "change a task")
    edit.add_argument("task", metavar="TASK", help="as `task list` names it")
    edit.add_argument("--title", metavar="TITLE")
    for parser in (add_, edit):
        parser.add_argument("--text", metavar="TEXT", help="what it is about")
        parser.add_argument("--assign", metavar="WHO", action="append", help="name or e-mail; me")
        parser.add_argument("--due", metavar="WHEN", help=_WHEN)
    for name, summary in (
        ("start", "say that a task is under way"),
        ("done", "close a task"),
        ("reopen", "open a task again"),
        ("delete", "delete a task"),
    ):
        parser = command(task, name, "team_acts:task_state", summary)
        parser.add_argument("task", metavar="TASK", help="as `task list` names it")
