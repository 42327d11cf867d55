"""What a card says about its sender, its trackers and its images, and what can be done: markup.

Pure: whose images are loaded, what failed, whether a mail is genuine comes in as values. Every act
is a link of the scheme `act:`, which mails cannot carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import act, count, icon, link
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.sender import GRAVE, Verdict
from missive_desktop.domain.tracking import LOADING, Tracker, watchers

MAX_NAMES = 4
ADVICE = "Before you answer, pay or open anything, ask them in another way than this mail offers."

Rule = Literal["ask", "allow", "never"]


class Images(NamedTuple):
    """How it stands with the remote images of one mail."""

    rule: Rule = "ask"  # what the reader decided for this sender or domain
    off: bool = False  # the reader wants no remote images at all
    domain: str = ""  # that can be allowed as a whole, "" where that makes no sense
    loading: bool = False
    problem: str = ""  # why the last try failed, in words
    known: bool = False  # images of this sender were loaded before: what that tells was said then
    hidden: bool = False  # the reader closed the bar
    once_only: bool = False  # who it is from is in doubt: no rule is made from this mail
    through_proxy: bool = False


def badge(verdict: Verdict | None) -> str:
    """Write the mark beside the sender's address; nothing where there is nothing to say."""
    if verdict is None or verdict.level in ("plain", "unknown"):
        return ""
    title = escape(verdict.title)
    if verdict.level == "genuine":
        return (
            f'<span class="badge genuine" role="img" aria-label="{title}" title="{title}">'
            f"{icon('genuine')}</span>"
        )
    words = "Not genuine" if verdict.level == "forged" else title  # the box below says the rest
    return f'<span class="badge {verdict.level}" title="{title}">{icon("warning")}{words}</span>'


def quiet(verdict: Verdict | None) -> str:
    """Write what is only good to know of an unknown sender, beside the recipients."""
    if verdict is None or verdict.level != "unknown":
        return ""
    title = escape(verdict.title)
    return f'<span class="badge unknown" title="{title}">{title}</span>'


def warnings(message: int, verdict: Verdict | None) -> str:
    """Write what is odd about the sender in one box, with where to read more."""
    if verdict is None or not verdict.warnings:
        return ""
    if verdict.level == "unknown" and not any(one.serious for one in verdict.warnings):
        return ""  # `quiet` has said it
    grave = verdict.level in GRAVE
    kind = verdict.level if grave else "mild"
    said = "".join(f"<p>{escape(one.text)}</p>" for one in verdict.warnings)
    if any(one.serious for one in verdict.warnings):
        said += f"<p>{ADVICE}</p>"
    more = link("Why", "privacy", message=message)
    return (
        f'<div class="caution {kind}" role="note">{icon("warning" if grave else "info")}'
        f'<div class="said">{said}</div>{more}</div>'
    )


def bar(message: int, shown: Rendered, images: Images) -> str:
    """Write what was blocked above the body, and what can be done about it."""
    facts = _facts(message, shown, images)
    if not facts or images.hidden:
        return ""
    offered = _offers(message, shown, images)
    acts = f'<div class="acts">{offered}</div>' if offered else ""
    told = ""
    if images.problem:
        told = f'<p class="failed">{escape(images.problem)}</p>'
    elif _may_load(shown, images) and not images.known:
        told = f'<p class="told">{_honest(images)}</p>'
    close = (
        f'<a class="close" href="{escape(act("bar", message=message))}" title="Close"'
        f' aria-label="Close">{icon("close")}</a>'
    )
    state = ' aria-busy="true"' if images.loading else ""
    kind = "blocked" if shown.trackers or images.loading else "blocked brief"
    return (
        f'<div class="{kind}" role="note"{state}>{icon("shield")}'
        f'<div class="said"><bdi>{" · ".join(facts)}</bdi>{acts}{told}</div>{close}</div>'
    )


def vendors(trackers: Iterable[Tracker]) -> str:
    """Name who runs these, as text: the first few, and how many more."""
    names = watchers(tuple(trackers))
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _facts(message: int, shown: Rendered, images: Images) -> list[str]:
    """Say what was found, each in a few words of markup."""
    loading = [one for one in shown.trackers if one.kind in LOADING]
    links = [one for one in shown.trackers if one.kind == "link"]
    said: list[str] = []
    blocked = len(watchers(tuple(loading)))
    if shown.loaded:
        said.append(f"{count(shown.loaded, 'image')} loaded for you")
    if blocked:
        still = " still" if shown.loaded else ""
        words = f"{count(blocked, 'tracker')}{still} blocked"
        said.append(f"{link(words, 'privacy', message=message)} ({escape(vendors(loading))})")
    if images.loading:
        said.append("Loading images…")
    elif shown.remote:
        said.append(f"{count(len(shown.remote), 'image')} not loaded")
    if links:
        words = "links report clicks" if said else "Links report clicks"
        if not {*watchers(tuple(links))} <= {*watchers(tuple(loading))}:
            words += f" to {link(vendors(links), 'privacy', message=message)}"
        said.append(words)
    if any(one.kind == "receipt" for one in shown.trackers):
        begin = "asks" if said else "This mail asks"
        said.append(f"{begin} for a read receipt; none was sent")
    return said


def _may_load(shown: Rendered, images: Images) -> bool:
    wanted = images.rule != "never" and not images.off
    return bool(shown.remote) and wanted and not images.loading


def _honest(images: Images) -> str:
    if images.through_proxy:
        return "The sender may learn that you opened this; your proxy hides your address."
    return "The sender may learn that you opened this, and your address."


def _offers(message: int, shown: Rendered, images: Images) -> str:
    """Write the acts about images that make sense now."""
    if images.loading or not (shown.remote or (shown.loaded and images.rule == "allow")):
        return ""
    if images.off:
        return "Remote images are switched off in the settings"

    def choice(words: str, scope: str) -> str:
        return link(words, "images", message=message, scope=scope)

    if images.rule == "allow":
        again = [choice("Try again", "once")] if shown.remote else []
        return _dotted([*again, choice("Ask again for this sender", "ask")])
    if images.rule == "never":
        ask = choice("Ask again", "ask")
        return _dotted(["You never load images of this sender", ask])
    show = "Show image" if len(shown.remote) == 1 else "Show images"
    first = "Try again" if images.problem else show
    if images.once_only:
        return choice(first, "once")
    begin = [choice(first, "once"), choice("Always for this sender", "sender")]
    rest = [choice("Never for this sender", "never")]
    if images.domain:
        rest.insert(0, choice(f"Always for {images.domain}", "domain"))
    return (
        f'{_dotted(begin)}<details class="more"><summary>More{icon("chevron")}</summary>'
        f"<span>{_dotted(rest)}</span></details>"
    )


def _dotted(parts: Sequence[str]) -> str:
    return " · ".join(parts)
