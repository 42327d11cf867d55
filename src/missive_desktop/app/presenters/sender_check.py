"""Who a mail is really from, for the screens: as `missive-desktop check` says it."""

from __future__ import annotations

from missive_desktop.engine.sender_check import verdict

__all__ = ["verdict"]
