"""Settings, integrity, rebuilding: what keeps a profile in order."""

from __future__ import annotations

from typing import Any

from missive_desktop.engine.protocol import Check, Rebuild, SetSetting
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import UsageError
from missive_desktop.remote.connections import proxy_parts
from missive_desktop.store import image_rules, integrity, settings
from missive_desktop.sync.digesting import digest

_SAMPLE = 1000


def set_setting(runtime: Runtime, request: SetSetting) -> dict[str, Any]:
    if request.name == image_rules.PROXY and request.value:
        proxy_parts(str(request.value))
    if request.name == image_rules.SETTING and request.value not in ("ask", "never"):
        raise UsageError("Remote images are loaded when asked for, or never.")
    runtime.writer.run(
        lambda conn, _: settings.put(conn, request.name, request.value), durable=True
    )
    return {}


def check(runtime: Runtime, request: Check) -> dict[str, Any]:
    sample = None if request.thorough else _SAMPLE
    with runtime.reading() as conn:
        return {"problems": integrity.check(conn, runtime.store, sample=sample)}


def rebuild(runtime: Runtime, _: Rebuild) -> dict[str, Any]:
    """One transaction: whoever reads meanwhile sees the old lists, whole."""
    count = runtime.writer.run(
        lambda conn, changes: integrity.rebuild(conn, runtime.store, digest, changes)
    )
    return {"messages": count}
