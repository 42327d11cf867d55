"""Secrets that a command needs are read, and never wanted among its arguments."""

import io

import pytest

from missive_desktop.cli import parser
from missive_desktop.cli.asking import Asked
from missive_desktop.errors import UsageError


@pytest.mark.parametrize("given", [["-"], []])
def test_a_link_is_read_where_it_is_not_given(monkeypatch, given):
    chosen = parser.make().parse_args(["team", "join", "ben@example.com", *given, "--stdin"])
    monkeypatch.setattr("sys.stdin", io.StringIO("https://team.example/join#1.x\n"))
    asked = Asked(chosen)
    assert asked.link(chosen.link, "Invitation link") == "https://team.example/join#1.x"
    assert asked.link("given", "Invitation link") == "given"
    with pytest.raises(UsageError, match="Needed: Invitation link"):
        asked.link(chosen.link, "Invitation link")
