"""The command `missive-server`: one line a command, nothing to set up for the first one."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from missive_server import config, logs, serve
from missive_server.admin.commands import add_commands
from missive_server.backup import restoring, saving
from missive_server.errors import Error, UsageError
from missive_wire import __version__

# What commands that work on the data need to know; the rest is about serving.
_PLACES = ("data", "database", "blobs")
_ADMIN = ("data", "database", "public_url")


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except Error as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="missive-server", description="The team sync server.")
    parser.add_argument("--version", action="version", version=f"missive-server {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve until told to stop")
    _add_settings(serving)
    serving.set_defaults(run=_serve)
    backup = commands.add_parser("backup", help="save everything to a file; the server may run")
    backup.add_argument("file", type=Path, help="where it is saved; what is there is replaced")
    backup.add_argument("--no-files", action="store_true", help="leave the sealed files out")
    _add_settings(backup, _PLACES)
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="put a backup in the place of the database")
    restore.add_argument("file", type=Path, help="what `backup` made")
    restore.add_argument("--replace", action="store_true", help="also where there is data")
    restore.add_argument("--sign-out", action="store_true", help="end all sessions")
    _add_settings(restore, _PLACES)
    restore.set_defaults(run=_restore)
    # Before or after the name of the command, as people type it.
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    everywhere.add_argument("--json", action="store_true", help="print JSON instead of a table")
    _add_settings(everywhere, _ADMIN)
    administer = commands.add_parser(
        "admin", parents=[everywhere], help="organizations, members, devices"
    )
    add_commands(administer, everywhere)
    administer.set_defaults(run=_administer)
    version = commands.add_parser("version", help="say which version this is")
    version.set_defaults(run=_version)
    return parser


def _add_settings(parser: argparse.ArgumentParser, only: Collection[str] = ()) -> None:
    parser.add_argument("--config", metavar="FILE", help="settings in TOML")
    for name, words in config.options().items():
        if only and name not in only:
            continue
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=name.upper(), help=words)


def _settings(chosen: argparse.Namespace) -> config.Config:
    file = getattr(chosen, "config", None) or os.environ.get(config.PREFIX + "CONFIG")
    return config.read(vars(chosen), os.environ, Path(file) if file else None)


def _serve(chosen: argparse.Namespace) -> int:
    settings = _settings(chosen)
    logs.start(settings.log_level)
    serve.run(settings, lambda address: print(f"Serving at {address}", flush=True))
    return 0


def _backup(chosen: argparse.Namespace) -> int:
    saved = asyncio.run(saving.save(_settings(chosen), chosen.file, files=not chosen.no_files))
    print(f"Saved {saved.rows} rows and {saved.files} files.")
    if saved.missing:
        print(f"{saved.missing} files are not where they should be.", file=sys.stderr)
    return 0


def _restore(chosen: argparse.Namespace) -> int:
    done = asyncio.run(
        restoring.restore(
            _settings(chosen), chosen.file, replace=chosen.replace, sign_out=chosen.sign_out
        )
    )
    made = datetime.fromtimestamp(done.made / 1000).astimezone()
    print(f"Restored what was saved on {made:%Y-%m-%d %H:%M}, with {done.files} files.")
    print("Programs offer again what they did in the last seven days.")
    print()
    print("Who was removed since the backup is a member again in it. So only owners get in, until")
    print("a program of an owner has said again who is removed; everybody else waits, and loses")
    print("nothing. If you cannot wait: missive-server admin open ORG.")
    print("If an owner was removed since: missive-server admin remove EMAIL, before you serve.")
    return 0


def _administer(chosen: argparse.Namespace) -> int:
    chosen.json = getattr(chosen, "json", False)
    code: int = chosen.act(chosen, _settings(chosen))
    return code


def _version(chosen: argparse.Namespace) -> int:
    print(f"missive-server {__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
