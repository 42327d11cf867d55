"""What the window imports before its first paint: nothing that takes mail apart."""

import os
import subprocess
import sys

HEAVY = (
    "lxml", "nh3", "tinycss2", "dns", "httpcore", "icalendar", "PySide6.QtWebEngineCore",
    "missive_desktop.content.sanitize", "missive_desktop.content.parse",
)  # fmt: skip


def test_the_first_paint_waits_for_no_parser():
    code = (
        "import sys, missive_desktop.app.main.session\n"
        f"print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == []
