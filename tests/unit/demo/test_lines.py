import msgspec
import pytest

from missive_desktop.demo import lines
from missive_desktop.demo.lines import Filed, Invited, Missing, Order, Ready


@pytest.mark.parametrize(
    "line",
    [
        Missing("Why not."),
        Invited("http://x/join#1", "a@b.example", "A", "secret"),
        Filed("s:1", "c", (("s:1", "c"), ("s:2", "d"))),
        Ready(3),
    ],
)
def test_a_line_comes_as_it_went(line):
    written = lines.written(line)
    assert written.count(b"\n") == 1
    assert lines.heard(written) == line


def test_an_order_is_one_line():
    order = Order("/a\nb", "/a/window", 7, True)
    assert lines.ordered(lines.written(order)) == order


def test_other_lines_are_refused():
    with pytest.raises(msgspec.MsgspecError):
        lines.heard(b"Serving at http://localhost\n")
