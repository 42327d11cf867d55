"""What `links` prints of a message."""

import json

import pytest
from tests.factories import mailbox

from missive_desktop.cli import linking, opening, parser
from missive_desktop.store import messages

MAIL = (
    b"From: Claire <claire@atelier-velo.com>\r\nSubject: Sale\r\nContent-Type: text/html\r\n\r\n"
    b"<p><a href='https://www.atelier-velo.com/sale?id=1&utm_source=mail'>The sale</a>"
    b"<a href='https://evil.example/'>www.paypal.com</a><a href='mailto:a@b.org?attach=x'>Write</a>"
    b"<a href='https://u1.ct.sendgrid.net/ls/click?upn=x'>\x1b[31m</a></p>"
)


def test_each_link_with_what_is_known_of_it():
    found = [linking.described(text, link) for text, link in linking.examined(MAIL)]
    assert [one["text"] for one in found] == ["The sale", "www.paypal.com", "Write", "\x1b[31m"]
    assert found[0]["target"] == "https://www.atelier-velo.com/sale?id=1"
    assert found[0]["cut"] == ["utm_source"]
    assert found[1]["warnings"] == [
        {
            "code": "text",
            "text": "Its text says www.paypal.com, but it leads to evil.example.",
            "asks": True,
        }
    ]
    assert found[2]["target"] == "mailto:a@b.org"
    assert found[3]["through"] == "SendGrid"


@pytest.fixture
def read_from(tmp_path, monkeypatch):
    with mailbox(tmp_path) as box:
        message = box.add([box.arrival(1, raw=MAIL)])[0]
        monkeypatch.setattr(opening, "existing", lambda _chosen: box.profile)
        monkeypatch.setattr(opening, "unlock", lambda _profile: box.store.key)
        assert messages.get(box.reader, message) is not None
        yield message


def test_the_command_prints_lines_or_json(read_from, capsys):
    grammar = parser.make()
    assert linking.links_(grammar.parse_args(["links", str(read_from)])) == 0
    said = capsys.readouterr().out
    assert "  leads to atelier-velo.com\n  without utm_source" in said
    assert "  ! Its text says www.paypal.com" in said
    assert "  goes through SendGrid" in said
    assert "\x1b" not in said
    assert linking.links_(grammar.parse_args(["links", str(read_from), "--json"])) == 0
    assert len(json.loads(capsys.readouterr().out)) == 4
