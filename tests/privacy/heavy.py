"""A megabyte of hostile HTML of each kind, sanitized in a process of its own: seconds and MB.

Seconds are those of the processor, so that a busy machine does not count.
"""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SIZE = 1_000_000
ROOT = Path(__file__).parents[2]
WORDS = "harmless kingfisher"


def _many(piece: str) -> str:
    """Fill a megabyte; "#" is another number each time."""
    numbers = itertools.count()
    out, length = [], 0
    while length < SIZE:
        out.append(piece.replace("#", str(next(numbers))))
        length += len(out[-1])
    return "".join(out)


def _half(opened: str, closed: str) -> str:
    times = SIZE // (len(opened) + len(closed))
    return opened * times + "x" + closed * times


def kinds() -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of each kind."""
    yield "deep divs", _half("<div>", "</div>")
    yield "deep divs, never closed", _many("<div>")
    yield "deep inline formatting", _many("<b><i><u>")
    yield "misnested formatting", _many("<b><p></b>x</p>")
    yield "unclosed links", _many("<a href=x>y")
    yield "formatting in tables", _many("<table><b>")
    yield "tables in tables", _many("<table><tr><td>")
    yield "text in tables", _many("<table>x<tr>y")
    yield "nested lists", _many("<ul><li>x")
    yield "empty elements", _many("<p>")
    yield (
        "plain newsletter",
        _many(
            '<table width="100%"><tr><td style="padding:#px;color:#333">text <a href="https://a.example/#">'
            "link</a></td></tr></table>"
        ),
    )
    yield "distinct style attributes", _many('<p style="margin:#px;color:#00;font:#px x">x')
    yield "one long style attribute", f'<p style="{_many("color:red;margin:#px;")}">x'
    yield "long sheet", f"<style>{_many('.c# a { color: red; margin: #px }')}</style>"
    yield "sheets without number", _many("<style>.c#{color:red}</style>")
    yield "long selectors", f"<style>{_many('.c# > a:not(.b), ')} p {{color: red}}</style>"
    yield "nested rules", f"<style>{_many('@media all{')}</style>"
    yield "nested blocks", f"<style>{_many('{([')}</style>"
    yield "nested functions", f'<p style="width:{_many("calc(1px + ")}">x'
    yield "long numbers", f"<style>p{{width:{'9' * SIZE}px}}</style>"
    yield "escapes in a sheet", "<style>" + _many("\\41 \\42 ") + "</style>"
    yield "attributes without number", f"<p {_many('a#=b ')}>x"
    yield "one long attribute", f'<p title="{"x" * SIZE}">x'
    yield "long srcset", f'<img srcset="{_many("https://a.example/#.png #w, ")}">'
    yield "remote images", _many('<img src="https://a.example/#.png" width=1 height=1>')
    yield "data images", _many('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=#">')
    yield "character references", _many("&lt;&amp;&#x41;&nosuch;")
    yield "comments", _many("<!-- # -->")
    yield "one long comment", "<!--" + "-" * SIZE
    yield "angle brackets", "<" * SIZE
    yield "quotes", "<p '" + "'\"" * (SIZE // 2)
    yield "null bytes", "\0" * SIZE
    yield "unknown elements", _many("<x-# y=z>")
    yield "svg in math in svg", _many("<svg><math><mtext><svg><desc>")
    yield "mutation", _many("<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>")
    yield "templates", _many("<template><div>")
    yield "select", _many("<select><option>x")
    yield "forms", _many("<form><input name=#>")
    yield "framesets", _many("<frameset><frame src=#>")
    yield "quoted answers", _many("<blockquote>x")
    yield "ids and labels", _many('<p id="i#" class="a# b# c#">x')
    yield "right to left", "<p>" + "\u202e\u2066" * (SIZE // 6)


def measured(kind: str) -> tuple[float, float, bool]:
    """Return seconds, peak MB and whether the harmless words are left, of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.privacy.heavy", kind], capture_output=True, text=True,
        timeout=120, check=False, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
    )  # fmt: skip
    if done.returncode:
        return 120.0, 0.0, False
    seconds, megabytes, kept = done.stdout.split()
    return float(seconds), float(megabytes), kept == "True"


def main(kind: str) -> None:
    from missive_desktop.content.sanitize import sanitize

    html = f"<p>{WORDS}</p>{dict(kinds())[kind]}"
    start = time.process_time()
    safe = sanitize(html)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / (1e6 if sys.platform == "darwin" else 1e3)
    print(round(seconds, 4), round(megabytes, 1), WORDS in str(safe.html))


if __name__ == "__main__":
    main(sys.argv[1])
