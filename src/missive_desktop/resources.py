"""Where the files beside the code are: fonts, icons, tables, sample mail."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parents[1] / "resources"


def path(*parts: str) -> Path:
    """Return the path of a resource; it is inside the package when installed from a wheel."""
    root = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return root.joinpath(*parts)
