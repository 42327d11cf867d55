"""Addresses of remote content, cleaned in one way for all who look at them."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_ADDRESS = 4_000


def remote_url(value: str) -> str:
    """Return the http address that a browser would load for `value`, or "" for any other.

    Browsers drop line breaks and tabs inside an address, read `\\` as `/`, and take `//host` for
    the scheme of the page (WHATWG URL 4.4); a mail has none, so it is https.
    """
    text = "".join(value.split())[:MAX_ADDRESS]
    head = text[:16].replace("\\", "/")
    text = head + text[16:]
    if text.startswith("//"):
        text = f"https:{text}"
    if text[:7].lower() != "http://" and text[:8].lower() != "https://":
        return ""
    return text


def host_of(url: str) -> str:
    """Return the host of an address in lower case, or "" when it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
