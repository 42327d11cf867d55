"""`missive-desktop images`: the remote images of a message, and whose are loaded."""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

from missive_desktop.cli import opening, output
from missive_desktop.content import rendered
from missive_desktop.domain.tracking import LOADING
from missive_desktop.engine.protocol import (
    LoadImages,
    Prepare,
    Request,
    SetImageRule,
    SetSetting,
)
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import image_rules, messages, remote_images, settings
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Connection

_RULES = {"always": True, "never": False, "ask": None}
_EVERYONE = "everyone"
_HONEST = (
    "By asking for images you may tell the sender that you opened this message, and your address."
)


class _Images(NamedTuple):
    """The remote images of a message."""

    loaded: list[str]
    blocked: list[str]
    trackers: list[str]


def images(chosen: argparse.Namespace) -> int:
    """Do what the first word says: a number is a message."""
    what, whom = chosen.what, chosen.whom
    if what.isdecimal() and whom is None:
        return _of_message(chosen, int(what))
    if chosen.load:
        raise UsageError("--load goes with the number of a message.")
    if what == "rules" and whom is None:
        return _rules(chosen)
    if what in _RULES and whom is not None:
        return _tell(chosen, _rule(what, whom))
    if what == "proxy" and whom is not None:
        value = "" if whom == "none" else whom
        return _tell(chosen, SetSetting(name=image_rules.PROXY, value=value))
    raise UsageError(
        "Say images ID, images rules, images always|never|ask ADDRESS or DOMAIN, or"
        " images proxy URL."
    )


def _rule(what: str, whom: str) -> Request:
    if whom == _EVERYONE:
        if what == "always":
            raise UsageError("Images of everyone are never loaded without asking.")
        return SetSetting(name=image_rules.SETTING, value=what)
    scope: image_rules.Scope = "sender" if "@" in whom else "domain"
    return SetImageRule(scope=scope, value=whom, allow=_RULES[what])


def _tell(chosen: argparse.Namespace, request: Request) -> int:
    with opening.writing(chosen) as (client, _):
        client.call(request)
    return 0


def _rules(chosen: argparse.Namespace) -> int:
    """List whose images are loaded, what holds for all others, and through whom they are asked."""
    with opening.reading(chosen) as opened:
        rules = image_rules.all_(opened.conn)
        otherwise = settings.get(opened.conn, image_rules.SETTING, "ask")
        proxy = settings.get(opened.conn, image_rules.PROXY, "")
    words = {True: "always", False: "never"}
    if chosen.json:
        output.json(
            {
                "everyone": otherwise,
                "proxy": proxy,
                "rules": [
                    {"scope": rule.scope, "value": rule.value, "images": words[rule.allow]}
                    for rule in rules
                ],
            }
        )
        return 0
    rows = [(words[rule.allow], rule.scope, rule.value) for rule in rules]
    output.table([*rows, (otherwise, "", _EVERYONE + (" else" if rows else ""))])
    if proxy:
        print(f"Images are asked for through {output.line(proxy)}.")
    return 0


def _of_message(chosen: argparse.Namespace, message: int) -> int:
    with opening.writing(chosen) as (client, conn):
        if messages.get(conn, message) is None:
            raise UsageError(f"There is no message {message}.")
        reasons: dict[str, str] = {}
        if chosen.load:
            print(_HONEST, file=sys.stderr)
            answer = client.call(LoadImages(messages=(message,)))
            reasons = dict(answer["problems"])
        client.call(Prepare(messages=(message,)))
        found = _images(conn, message)
    if chosen.json:
        output.json(
            {
                "loaded": found.loaded,
                "not_loaded": [
                    {"url": url, "reason": reasons.get(url, "")} for url in found.blocked
                ],
                "trackers": found.trackers,
            }
        )
        return 0
    rows = [("loaded", url, "") for url in found.loaded]
    rows += [("not loaded", url, reasons.get(url, "")) for url in found.blocked]
    rows += [("tracker", url, "never asked for") for url in found.trackers]
    for state, url, reason in rows:
        print(f"{state:<10}  {output.line(f'{url} {reason}').rstrip()}")
    if not rows:
        print("This message has no remote images.", file=sys.stderr)
    return 0


def _images(conn: Connection, message: int) -> _Images:
    """Return what the engine found in the message, and what it fetched for it."""
    found = kept.get(conn, message)
    if found is None:
        raise KnownError("This message could not be read.", "Its raw source can: show ID --raw.")
    shown = rendered.decode(found[1])
    trackers = [one.url for one in shown.trackers if one.kind in LOADING]
    return _Images(sorted(remote_images.shown(conn, message)), list(shown.remote), trackers)
