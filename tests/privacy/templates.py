"""How templates of newsletters look after the sanitizer and the page, next to how they look before.

The measure: both pictures in a quarter of the size and in grey, cut into blocks of 8 by 8; a block
looks alike when its structural similarity (SSIM, as Wang et al. 2004 define it) is at least 0.5 or
its mean differs by less than 3 of 255 (flat grounds have no structure to compare). The share of
blocks that do not look alike is the difference; what one picture is longer than the other counts
as different. It sees what moved, is missing or has another colour, and passes over how letters are
smoothed. A template differs visibly above 5 %: to be looked at by somebody.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]
WIDTH, SHRINK, BLOCK = 760, 4, 8
VISIBLE = 0.05
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def compare(
    corpus: Path, pictures: Path | None = None, width: int = WIDTH
) -> list[tuple[float, str]]:
    """Return each template's difference and name, the worst first; keep the pictures if asked."""
    found = [
        {
            "name": "-".join(path.relative_to(corpus).with_suffix("").parts),
            "html": path.read_text(encoding="utf-8", errors="replace"),
        }
        for path in sorted(corpus.rglob("*.html"))
    ]
    with tempfile.TemporaryDirectory(prefix="missive-templates-") as room:
        out = pictures or Path(room)
        source = Path(room) / "templates.json"
        source.write_text(json.dumps(found), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.privacy.pictured", str(source), str(out), str(width)],
            cwd=ROOT, capture_output=True, text=True, timeout=60 + 10 * len(found), check=False,
            env=os.environ | {
                "QT_QPA_PLATFORM": "offscreen",
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            },
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        names = [one["name"] for one in found]
        return sorted(((difference(out, name), name) for name in names), reverse=True)


def difference(folder: Path, name: str) -> float:
    """Return the share of blocks that look different before and after."""
    before, after = (_grey(folder / f"{name}-{when}.png") for when in ("before", "after"))
    columns = min(before.width(), after.width()) // BLOCK
    rows = min(before.height(), after.height()) // BLOCK
    longest = max(before.height(), after.height()) // BLOCK
    if not columns or not rows:
        return 1.0
    unlike = sum(
        not _alike(_block(before, x, y), _block(after, x, y))
        for y in range(rows)
        for x in range(columns)
    )
    return (unlike + (longest - rows) * columns) / (longest * columns)


def _grey(path: Path) -> QImage:
    image = QImage(str(path))
    small = image.scaled(
        image.width() // SHRINK, image.height() // SHRINK,
        Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation,
    )  # fmt: skip
    return small.convertToFormat(QImage.Format.Format_Grayscale8)


def _block(image: QImage, column: int, row: int) -> list[int]:
    bits, line = image.constBits(), image.bytesPerLine()
    values: list[int] = []
    for y in range(row * BLOCK, row * BLOCK + BLOCK):
        start = y * line + column * BLOCK
        values += bits[start : start + BLOCK]
    return values


def _alike(one: list[int], other: list[int]) -> bool:
    if one == other:
        return True
    count = len(one)
    mean, mean2 = sum(one) / count, sum(other) / count
    if abs(mean - mean2) < 3:
        return True
    spread = sum(v * v for v in one) / count - mean * mean
    spread2 = sum(v * v for v in other) / count - mean2 * mean2
    both = sum(a * b for a, b in zip(one, other, strict=True)) / count - mean * mean2
    structure = (2 * mean * mean2 + _C1) * (2 * both + _C2)
    return structure / ((mean**2 + mean2**2 + _C1) * (spread + spread2 + _C2)) >= 0.5


if __name__ == "__main__":
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    wide = int(sys.argv[3]) if len(sys.argv) > 3 else WIDTH
    for share, name in compare(Path(sys.argv[1]), kept, wide):
        print(f"{share:6.1%} {name}")
