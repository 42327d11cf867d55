"""What a click in a mail may open, and what is said before: links and attached files. Pure."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

# Files that run, or that bring something to run, when they are opened on one system or another.
_RUNS = frozenset(
    [
        "apk",
        "app",
        "appimage",
        "application",
        "bat",
        "bin",
        "cmd",
        "com",
        "command",
        "cpl",
        "crx",
        "deb",
        "desktop",
        "dll",
        "dmg",
        "docm",
        "dotm",
        "exe",
        "gadget",
        "hta",
        "htm",
        "html",
        "inf",
        "ins",
        "iso",
        "img",
        "jar",
        "js",
        "jse",
        "jnlp",
        "lnk",
        "mde",
        "mht",
        "mhtml",
        "msc",
        "msi",
        "msix",
        "msp",
        "mst",
        "ocx",
        "pif",
        "pkg",
        "pl",
        "potm",
        "ppam",
        "ppsm",
        "pptm",
        "ps1",
        "psd1",
        "psm1",
        "py",
        "pyc",
        "pyw",
        "rb",
        "reg",
        "rpm",
        "run",
        "scf",
        "scr",
        "sct",
        "settingcontent-ms",
        "sh",
        "shb",
        "shs",
        "sldm",
        "svg",
        "svgz",
        "sys",
        "terminal",
        "tool",
        "url",
        "vb",
        "vbe",
        "vbs",
        "vhd",
        "vhdx",
        "workflow",
        "ws",
        "wsc",
        "wsf",
        "wsh",
        "xbap",
        "xhtml",
        "xlam",
        "xll",
        "xlsm",
        "xltm",
        "xpi",
        "zsh",
    ]
)


class Link(StrEnum):
    WEB = "web"  # the system's browser
    MAIL = "mail"  # our composer
    PHONE = "phone"
    NOTHING = "nothing"  # goes nowhere


def kind_of(url: str) -> Link:
    """Say where a link that was clicked leads."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() in ("http", "https"):
        try:
            return Link.WEB if urlsplit(url).hostname else Link.NOTHING
        except ValueError:
            return Link.NOTHING
    if not rest:
        return Link.NOTHING
    return {"mailto": Link.MAIL, "tel": Link.PHONE}.get(scheme.lower(), Link.NOTHING)


def may_run(name: str) -> bool:
    """Say whether opening a file of this name could start a program."""
    clean = name.strip().rstrip(". ").lower()  # Windows drops what stands behind the ending
    return clean.rpartition(".")[2] in _RUNS if "." in clean else False
