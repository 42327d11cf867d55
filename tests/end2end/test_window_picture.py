"""The whole window as a program: sample mail in, a picture out, no display, no account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]


def test_the_demo_paints_list_and_mail_and_ends(tmp_path):
    picture = tmp_path / "window.png"
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path)}
    arguments = ["-m", "missive_desktop", "--demo", "--screenshot", str(picture)]
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1440, 900)
    # Something is painted in sidebar, list and mail: each holds more than a few colours.
    for left, top, width, height in ((0, 0, 219, 400), (230, 90, 340, 700), (600, 130, 800, 500)):
        part = image.copy(left, top, width, height)
        colors = {part.pixel(x, y) for x in range(0, width, 3) for y in range(0, height, 3)}
        assert len(colors) > 20
    # The demo's profile and its mail are gone again.
    assert [entry.name for entry in tmp_path.iterdir()] == ["window.png"]
