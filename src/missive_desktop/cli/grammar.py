"""How one command or group of commands is added to the grammar, the same for all of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    work: str,
    summary: str,
    *,
    lists: bool = False,
    aliases: Sequence[str] = (),
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command; `--profile` may also stand after it, and `--json` where it lists."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        aliases=list(aliases),
        allow_abbrev=False,
    )
    parser.add_argument("--profile", metavar="DIR", default=argparse.SUPPRESS, help="see above")
    if lists:
        parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(work=work)
    return parser


def group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    parser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:])
    return parser.add_subparsers(metavar="COMMAND", required=True, dest=f"{name}_command")
