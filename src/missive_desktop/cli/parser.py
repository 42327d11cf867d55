"""The grammar of the command line, with all its help texts. Imports nothing heavy.

Each command's `work` is "module:function" inside this package (or a name that `__main__` binds),
loaded only when it is called, so that `search` does not pay for `import`.
"""

from __future__ import annotations

import argparse

from missive_desktop.cli import login_parser, team_parser, trail_parser
from missive_desktop.cli.grammar import command as _command
from missive_desktop.cli.grammar import group as _group

_DESCRIPTION = """\
Missive keeps your mail encrypted on this machine, searchable and readable offline.
Without a command, it opens its window."""

_EPILOG = """\
exit codes: 0 done; 1 the world is at fault (offline, refused, disk full); 2 wrong use.
environment: MISSIVE_PROFILE names the profile's folder; MISSIVE_PASSPHRASE_FILE names a file
with the passphrase, for machines without a keychain."""

_QUERY = """\
words (all must be there), "a phrase", from: to: cc: subject: body: filename: in: account: label:
is:unread|read|starred|answered|draft|tracked, tracker:sendgrid, has:attachment,
is:open|closed|mine|unassigned|snoozed, assignee:me|none|NAME, has:comment|task (shared inboxes),
before: after: on: (2026-03-01, 7d), larger: smaller: (500k, 5M), -not, OR, brackets.
A query that begins with - goes after --."""

_IMAGES = """\
images ID               its remote images: loaded, not loaded, trackers
images ID --load        ask for them, once; trackers are never asked for
images rules            whose are loaded without asking, and whose never
images always NAME      load those of an address or a domain without asking
images never NAME       never load them; never everyone: none at all
images ask NAME         forget the rule; ask everyone: allow some again
images proxy URL        ask through http://, socks5:// or socks5h:// (Tor); none: directly"""

# name, work, what it does
_ACTS = (
    ("archive", "move them to the archive"),
    ("trash", "move them to the trash"),
    ("spam", "move them to the spam folder"),
    ("not-spam", "move them from the spam folder to the inbox"),
    ("read", "mark them read"),
    ("unread", "mark them unread"),
    ("star", "put a star on them"),
    ("unstar", "take the star off"),
)


def make() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="missive-desktop",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.add_argument("--profile", metavar="DIR", help="the folder that holds everything")
    parser.add_argument("--demo", action="store_true", help="open the window on sample mail")
    parser.add_argument("--screenshot", metavar="FILE", help="paint the window to FILE and end")
    parser.add_argument("--theme", choices=("light", "dark"), help="for this run only")
    parser.add_argument("--join", metavar="LINK", help="open the window to join a team by a link")
    parser.set_defaults(work="window", json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    _accounts(commands)
    _syncing(commands)
    _reading(commands)
    _images(commands)
    _sending(commands)
    _acting(commands)
    _folders(commands)
    _files(commands)
    login_parser.add(commands)
    team_parser.add(commands)
    trail_parser.add(commands)
    _tools(commands)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _accounts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = _group(commands, "account", "add, list and remove accounts")
    add = _command(
        group,
        "add",
        "accounts:add",
        "add an account, and wait for the first 50 messages of its inbox",
        epilog="Without --imap the settings are found for the address, and shown before the\n"
        "password is asked for and sent. `sync` brings the rest of the mail.",
    )
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--imap", metavar="HOST[:PORT]", help="the server to read from")
    add.add_argument("--smtp", metavar="HOST[:PORT]", help="the server to send through")
    add.add_argument("--user", metavar="NAME", help="the login name, if it is not the address")
    add.add_argument("--name", metavar="NAME", help="your name, for From")
    add.add_argument(
        "--security",
        choices=("tls", "starttls"),
        help="of both servers; by default what the port says, else tls",
    )
    add.add_argument("--ca", metavar="FILE", help="trust this certificate authority (PEM) as well")
    add.add_argument(
        "--oauth2", action="store_true", help="the secret is an OAuth 2 bearer token, no password"
    )
    add.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    _command(group, "list", "accounts:list_", "list the accounts", lists=True)
    remove = _command(
        group, "remove", "accounts:remove", "forget an account and its mail on this machine"
    )
    remove.add_argument("address", metavar="ADDRESS")


def _syncing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sync = _command(commands, "sync", "syncing:sync", "bring this machine and the servers in step")
    sync.add_argument("--account", metavar="ADDRESS", help="this one only")
    sync.add_argument("--watch", action="store_true", help="stay, and take new mail as it comes")
    _command(commands, "status", "syncing:status", "say how accounts and folders stand", lists=True)


def _reading(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    list_ = _command(
        commands, "list", "reading:list_", "list the newest messages of a folder", lists=True
    )
    list_.add_argument("--folder", metavar="NAME", help="name or role; the inbox by default")
    list_.add_argument("--account", metavar="ADDRESS", help="this one only")
    list_.add_argument("--limit", metavar="N", type=_positive, default=50, help="50 by default")

    show = _command(commands, "show", "reading:show", "show a message")
    show.add_argument("id", metavar="ID", type=int)
    form = show.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="as it came, byte by byte")
    form.add_argument("--text", action="store_true", help="its text only")
    form.add_argument("--html", action="store_true", help="its body as the window shows it")

    links = _command(
        commands,
        "links",
        "linking:links_",
        "list the links of a message: where each leads, whom it goes through",
        lists=True,
    )
    links.add_argument("id", metavar="ID", type=int)

    check = _command(
        commands, "check", "senders:check", "say who a message is really from", lists=True
    )
    check.add_argument("id", metavar="ID", type=int)
    leave = _command(
        commands,
        "unsubscribe",
        "senders:unsubscribe",
        "leave the mailing that a message belongs to",
        lists=True,
        epilog="By one click where a valid signature vouches for it (RFC 8058), else by a mail,\n"
        "else it names the address for the browser.",
    )
    leave.add_argument("id", metavar="ID", type=int)
    leave.add_argument("--yes", action="store_true", help="do not ask")

    search = _command(
        commands, "search", "reading:search", "search all mail", lists=True, epilog=_QUERY
    )
    search.add_argument("query", metavar="QUERY", nargs="+")
    search.add_argument("--limit", metavar="N", type=_positive, default=50, help="50 by default")
    search.add_argument("--count", action="store_true", help="print only how many there are")
    search.add_argument("--relevance", action="store_true", help="best first, not newest first")


def _images(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    images = _command(
        commands,
        "images",
        "images:images",
        "list or load the remote images of a message, and say whose are loaded",
        lists=True,
        epilog=_IMAGES,
    )
    images.add_argument("what", metavar="ID|rules|always|never|ask|proxy")
    images.add_argument("whom", metavar="ADDRESS|DOMAIN|everyone|URL", nargs="?")
    images.add_argument("--load", action="store_true", help="ask for those that are not here")


def _sending(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    send = _command(
        commands,
        "send",
        "sending:send",
        "send a finished message (RFC 5322) to those in To, Cc and Bcc",
        epilog="Bcc is taken out of what is sent. The account is the one in From.",
    )
    send.add_argument("file", metavar="FILE", help="- reads standard input")
    send.add_argument("--account", metavar="ADDRESS", help="send through this one")
    send.add_argument("--queue", action="store_true", help="do not wait until it is sent")

    outbox = _group(commands, "outbox", "what waits to be sent, or could not be")
    _command(outbox, "list", "sending:outbox_", "list it", lists=True)
    for name, what, summary in (
        ("retry", "retry", "send again what has failed"),
        ("cancel", "resolve", "take back a mail of a shared inbox that was not sent"),
        ("sent", "resolve", "note that a mail of a shared inbox was sent after all"),
        ("remove", "resolve", "remove a mail of a shared inbox that was not sent"),
    ):
        decided = _command(outbox, name, f"sending:{what}", summary)
        decided.add_argument("id", metavar="ID", help="as `outbox list` names it")

    drafts = _group(commands, "draft", "drafts")
    _command(drafts, "list", "sending:drafts_", "list them", lists=True)
    sent = _command(drafts, "send", "sending:send_draft", "send one")
    sent.add_argument("id", metavar="ID", type=int)
    discarded = _command(drafts, "discard", "sending:discard_draft", "throw one away")
    discarded.add_argument("id", metavar="ID", type=int)


def _acting(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, summary in _ACTS:
        parser = _command(commands, name, "acting:act", f"act on messages: {summary}")
        _targets(parser)
    flag = _command(commands, "flag", "acting:flag", "act on messages: set or clear a flag")
    _targets(flag)
    flag.add_argument(
        "--as",
        dest="flag",
        choices=("starred", "read"),
        default="starred",
        help="starred by default",
    )
    flag.add_argument("--clear", action="store_true", help="clear it")
    for name in ("move", "copy"):
        summary = f"act on messages: {name} them to a folder"
        parser = _command(commands, name, "acting:place", summary)
        parser.add_argument("words", metavar="FOLDER ID", nargs="+", help="in either order")
        parser.add_argument("--to", metavar="FOLDER", help="needed for a folder named by a number")
        _narrowing(parser)
    delete = _command(commands, "delete", "acting:delete", "act on messages: delete them for good")
    _targets(delete)
    delete.add_argument("--yes", action="store_true", help="do not ask")


def _targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", metavar="ID", nargs="+", type=int)
    _narrowing(parser)


def _narrowing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--thread", action="store_true", help="the whole conversations of these")
    parser.add_argument("--from", dest="source", metavar="FOLDER", help="only copies in FOLDER")


def _folders(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = _group(commands, "folder", "list, create, rename and delete folders")
    list_ = _command(group, "list", "acting:folders_", "list the folders", lists=True)
    list_.add_argument("--account", metavar="ADDRESS", help="of this one only")
    create = _command(group, "create", "acting:create_folder", "create a folder")
    create.add_argument("name", metavar="NAME")
    rename = _command(group, "rename", "acting:rename_folder", "rename a folder")
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new", metavar="NEW")
    delete = _command(
        group, "delete", "acting:delete_folder", "delete a folder, here and on the server"
    )
    delete.add_argument("name", metavar="NAME")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    role = _command(group, "role", "acting:set_role", "choose what a folder is for")
    role.add_argument("name", metavar="NAME")
    role.add_argument(
        "role", choices=("none", "inbox", "drafts", "sent", "archive", "spam", "trash", "all")
    )
    for parser in (create, rename, delete, role):
        parser.add_argument("--account", metavar="ADDRESS", help="needed where there are several")


def _files(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    import_ = _command(
        commands,
        "import",
        "importing:import_",
        "take in mail from mbox files, Maildirs, .eml files and folders of them",
        epilog="Without --account it goes to 'On this computer'. What is here already is known\n"
        "again and not taken twice; what cannot be read is named and the rest goes on.",
    )
    import_.add_argument("paths", metavar="PATH", nargs="+")
    import_.add_argument("--account", metavar="ADDRESS", help="into this account, without a server")
    import_.add_argument("--folder", metavar="NAME", help="into this folder")

    export = _command(
        commands, "export", "exporting:export", "write messages out, readable by other programs"
    )
    export.add_argument("query", metavar="QUERY", help="as in `search`; '' is everything")
    form = export.add_mutually_exclusive_group(required=True)
    form.add_argument("--mbox", metavar="FILE", help="one mbox file; - is standard output")
    form.add_argument("--eml", metavar="DIR", help="a folder of .eml files")


def _tools(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    render = _command(
        commands, "render", "render", "open .eml files in the real view, write NAME.png, NAME.json"
    )
    render.add_argument("files", metavar="FILE", nargs="+")
    render.add_argument("--out", metavar="DIR", required=True)
    render.add_argument(
        "--remote", choices=("block", "allow"), default="block", help="block by default"
    )
    render.add_argument(
        "--proxy", metavar="URL", default="", help="fetch images through http:// or socks5h://"
    )
    gallery = _command(
        commands, "gallery", "gallery", "paint every screen and state of the window, light and dark"
    )
    gallery.add_argument("--out", metavar="DIR", required=True)
    tracked = _command(
        commands,
        "trackers",
        "tracking:report",
        "say who would have learned that you read mail",
        lists=True,
        epilog="One is counted for each mail and company. Nothing of it was loaded or sent.",
    )
    tracked.add_argument(
        "--since", metavar="AGE", default="12w", help="12w, 30d, 1y; 12w by default"
    )
    tracked.add_argument(
        "--by", choices=("vendor", "sender", "week"), default="vendor", help="vendor by default"
    )
    tracked.add_argument("--csv", metavar="FILE", help="write every one found to FILE; - prints it")
    doctor = _command(commands, "doctor", "doctor:examine", "say what is in order and what is not")
    doctor.add_argument("--online", action="store_true", help="also sign in to every server")
    doctor.add_argument(
        "--thorough", action="store_true", help="open every stored message, not some"
    )
    doctor.add_argument(
        "--rebuild", action="store_true", help="make index and lists anew from the raw messages"
    )
    guard = _command(
        commands, "guard", "guarding:choose", "say or change what guards the store's key"
    )
    guard.add_argument("by", nargs="?", choices=("passphrase", "keychain"))
    guard.add_argument(
        "--passphrase-stdin",
        action="store_true",
        help="read the new passphrase from standard input",
    )
