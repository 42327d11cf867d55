"""Whose remote images the reader wants: reading the choice, changing it, having them fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from missive_desktop.app.presenters.link import Engine
from missive_desktop.content import domains
from missive_desktop.content.page_privacy import Rule
from missive_desktop.engine.protocol import LoadImages, SetImageRule, SetSetting
from missive_desktop.errors import UsageError
from missive_desktop.mail import providers
from missive_desktop.store import image_rules, settings
from missive_desktop.store.database import Connection


def switched_off(conn: Connection) -> bool:
    """Say whether the reader wants no remote image at all."""
    return bool(settings.get(conn, image_rules.SETTING, "ask") == "never")


def rule_of(conn: Connection, email: str) -> Rule:
    """Return what was decided for a sender, by its address or its domain."""
    return image_rules.decision(conn, email)


def whole_domain(email: str) -> str:
    """Return the domain that can be allowed as a whole, or nothing where it has many owners."""
    domain = domains.registrable(email.rpartition("@")[2])
    return "" if domain in providers.shared_domains() or "." not in domain else domain


class ImageChoices:
    """Tells the engine what the reader decided."""

    def __init__(self, conn: Connection, engine: Engine) -> None:
        self._conn = conn
        self._engine = engine

    async def decide(self, email: str, scope: str) -> None:
        """Keep a rule: `scope` is sender, domain, never or ask (no rule any more)."""
        address = email.lower()
        domain = address.rpartition("@")[2]
        if scope == "domain":
            await self._engine.call(SetImageRule(scope="domain", value=domain, allow=True))
        elif scope in ("sender", "never"):
            allow = scope == "sender"
            await self._engine.call(SetImageRule(scope="sender", value=address, allow=allow))
        elif scope == "ask":
            await self._engine.call(SetImageRule(scope="sender", value=address, allow=None))
            if rule_of(self._conn, address) != "ask":
                await self._engine.call(SetImageRule(scope="domain", value=domain, allow=None))

    async def forget(self, scope: str, value: str) -> None:
        """Take a rule away."""
        if scope in ("sender", "domain"):
            kind: image_rules.Scope = "sender" if scope == "sender" else "domain"
            await self._engine.call(SetImageRule(scope=kind, value=value, allow=None))

    async def set_proxy(self, text: str) -> str:
        """Keep through whom images are fetched; return what is wrong with it, or nothing."""
        try:
            await self._engine.call(SetSetting(name=image_rules.PROXY, value=text))
        except UsageError as error:
            return str(error)
        return ""

    async def load(self, messages: Sequence[int], *, asked: bool) -> list[tuple[str, str]]:
        """Have the images of mails fetched; return the addresses that failed, each with why."""
        answer = await self._engine.call(LoadImages(messages=tuple(messages), asked=asked))
        return [(str(url), str(reason)) for url, reason in answer.get("problems", ())]


_REASONS = 2  # that are said: the first few tell enough
# How what is said of one image is said of several.
_SEVERAL = (
    ("It is no image", "are no images"),
    ("It is ", "are "),
    ("It has ", "have "),
    ("It belongs ", "belong "),
    ("It ", ""),
)


def failure(reasons: Sequence[str]) -> str:
    """Say in words why images of a mail were not loaded, a reason for each; nothing without."""
    if len(reasons) == 1:
        return reasons[0]
    counted = Counter(reasons)
    return " ".join(
        _told(reason, number, whole=len(counted) == 1)
        for reason, number in counted.most_common(_REASONS)
    )


def _told(reason: str, number: int, *, whole: bool) -> str:
    """Say of some images what was said of one; `whole` where all failed for this reason."""
    if rest := _after("Its ", reason):
        of_some = f"One: its {rest}" if number == 1 else f"{number}: their {rest}"
        return f"Their {rest}" if whole else of_some
    if number == 1:
        return f"One {rest}" if (rest := _after("It ", reason)) else reason
    for singular, plural in _SEVERAL:
        if rest := _after(singular, reason):
            return f"{'They' if whole else number} {plural}{rest}"
    return reason


def _after(begin: str, text: str) -> str:
    return text.removeprefix(begin) if text.startswith(begin) else ""
