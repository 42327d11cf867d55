"""Settings, integrity, rebuilding: what keeps a profile in order."""

from __future__ import annotations

from typing import Any

from missive_desktop.engine.protocol import SetSetting
from missive_desktop.engine.runtime import Runtime
from missive_desktop.store import settings


def set_setting(runtime: Runtime, request: SetSetting) -> dict[str, Any]:
    runtime.writer.run(lambda conn, _: settings.put(conn, request.name, request.value))
    return {}
