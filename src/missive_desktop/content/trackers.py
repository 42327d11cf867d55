"""What in a mail would report to its sender that it was read. Finds; never changes the mail."""

from __future__ import annotations

import re

MAX_SCANNED = 512 * 1024
MAX_IMAGES = 400

# Each starts with a literal, which lets the matcher skip: the bulk path goes through here.
_TINY = (
    re.compile(r"width\s*[=:]\s*[\"']?\s*[01](?:px)?(?![\d.%])"),
    re.compile(r"height\s*[=:]\s*[\"']?\s*[01](?:px)?(?![\d.%])"),
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|\shidden[\s/>=]|opacity\s*:\s*0(?![.\d])"
)


def suspects(html: str) -> int:
    """Count the remote images of `html` that are too small or too hidden to be seen: cheap."""
    lowered = html[:MAX_SCANNED].lower()
    position = lowered.find("<img")
    count = 0
    for _ in range(MAX_IMAGES):
        if position < 0:
            break
        end = lowered.find(">", position)
        tag = lowered[position : end + 1 if end >= 0 else position + 2000]
        if "//" in tag and is_unseen(tag):
            count += 1
        position = lowered.find("<img", position + 4)
    return count


def is_unseen(tag: str) -> bool:
    """Whether an image tag, in lower case, is at most one pixel wide or high, or hidden."""
    for pattern in _TINY:
        for match in pattern.finditer(tag):
            start = match.start()
            if tag[start - 1] != "-" or tag[start - 4 : start] == "max-":  # not line-height: 1
                return True
    if "none" in tag or "hidden" in tag or "opacity" in tag:
        return _HIDDEN.search(tag) is not None
    return False
