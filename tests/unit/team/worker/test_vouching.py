"""What a worker tells the others of where a mail comes from."""

import json

from missive_desktop.domain.signature import Signature
from missive_desktop.domain.spaces import Checked
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.worker import vouching

PROVIDER = Checked(ids=("mx.example.org",), hosts=("example.org",), proven=True)
SIGNED = Signature("shop.example", "k", "pass", "", ("from",), 1)
MAIL = b"Authentication-Results: mx.example.org; dmarc=pass\r\nFrom: a@shop.example\r\n\r\n"


def row(**body):
    return EntityRow("msg", "m", "put", 1, 1, {}, 1, 1, json.dumps(body))


def test_what_the_provider_says_in_its_own_name_needs_nothing_more():
    assert vouching.settles(PROVIDER, MAIL)
    assert not vouching.settles(PROVIDER, b"From: a@shop.example\r\n\r\n")
    assert not vouching.settles(PROVIDER, MAIL.replace(b"mx.example.org", b"elsewhere.example"))
    unproven = Checked(ids=("mx.example.org",), hosts=("example.org",))
    assert not vouching.settles(unproven, MAIL)


def test_signatures_are_told_later_once_and_nothing_else_of_the_mail_changes():
    known = Checked(signatures=(SIGNED,))
    intent = vouching.told("s:1", row(subject="Spring", newer=1), known, 7)
    assert (intent.act, intent.fence, intent.h) == ("message.checked", 7, {})
    body = json.loads(intent.body)
    assert (body["subject"], body["newer"]) == ("Spring", 1)
    assert body["checked"]["signatures"][0]["domain"] == "shop.example"
    assert vouching.told("s:1", row(**body), known, 7) is None
    assert vouching.told("s:1", row(subject="Spring"), Checked(), 7) is None
