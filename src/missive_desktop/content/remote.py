"""Addresses of remote content, cleaned in one way for all who look at them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MAX_ADDRESS = 4_000
_ENDS = "".join(map(chr, range(0x21)))  # what a browser takes off both ends
_BREAKS = str.maketrans("", "", "\t\r\n")
_HTTP = re.compile(r"(https?):[/\\]*|[/\\]{2}[/\\]*", re.IGNORECASE)


def remote_url(value: str) -> str:
    """Return the http address that a browser would load for `value`, or "" for any other.

    Browsers drop line breaks and tabs inside an address, read `\\` as `/`, do not mind how many
    slashes follow the scheme, and take `//host` for the scheme of the page (WHATWG URL 4.4); a
    mail has none, so it is https.
    """
    text = value[: 2 * MAX_ADDRESS].strip(_ENDS).translate(_BREAKS)[:MAX_ADDRESS]
    found = _HTTP.match(text)
    if found is None:
        return ""
    rest = text[found.end() :]
    end = next((at for at, char in enumerate(rest) if char in "?#"), len(rest))
    path = rest[:end].replace("\\", "/").replace(" ", "%20")
    if not path or path.startswith((":", "@")):
        return ""
    return f"{(found[1] or 'https').lower()}://{path}{rest[end:].replace(' ', '%20')}"


def host_of(url: str) -> str:
    """Return the host of an address in lower case, or "" when it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
