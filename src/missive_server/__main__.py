"""The command `missive-server`: one line a command, nothing to set up for the first one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from missive_server import config, logs, serve
from missive_server.errors import Error, UsageError
from missive_wire import __version__


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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve until told to stop")
    _add_settings(serving)
    serving.set_defaults(run=_serve)
    version = commands.add_parser("version", help="say which version this is")
    version.set_defaults(run=_version)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="settings in TOML")
    for name, words in config.options().items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=name.upper(), help=words)


def _settings(chosen: argparse.Namespace) -> config.Config:
    file = chosen.config or os.environ.get(config.PREFIX + "CONFIG")
    return config.read(vars(chosen), os.environ, Path(file) if file else None)


def _serve(chosen: argparse.Namespace) -> int:
    settings = _settings(chosen)
    logs.start(settings.log_level)
    serve.run(settings, lambda address: print(f"Serving at {address}", flush=True))
    return 0


def _version(chosen: argparse.Namespace) -> int:
    print(f"missive-server {__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
