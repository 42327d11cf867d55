"""Our own sample mails, damaged at random: nothing raises, nothing hangs, the two readers agree."""

import random
import time

import pytest
from msgspec.structs import replace

from missive_desktop.content import build, parse, rendered
from missive_desktop.content.digest import digest
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address
from missive_desktop.domain.tracking import tally

SECONDS = 2.0
PERSON = Address("Zoë O'Hara", "zoe@example.org")


def sample(**values):
    base = {
        "account": 1,
        "sender": PERSON,
        "to": (PERSON, Address("", "team@example.net")),
        "subject": "Grüße – 佐藤",
        "text": "Hello\n\nOn Monday 1 May, Ann <a@example.org> wrote:\n> old words\n-- \nZoë",
        "references": ("one@example.org", "two@example.org"),
    }
    draft = Draft(**{**base, **values})
    files = {file.raw: b"\x89PNG" + bytes(200) for file in draft.attachments}
    return build.build(draft, files, now=1_710_504_000, domain="example.org")


PICTURE = DraftAttachment(1, "logo.png", "image/png", 204, "logo@example.org")
FILE = DraftAttachment(2, "Rechnung für März.pdf", "application/pdf", 204)
HTML = (
    "<style>p{color:red}</style><p style='margin:0'>Hello <b>you</b> "
    "<img src='cid:logo@example.org'>"
    "<img src='https://t.example/o.gif' width=1></p><blockquote type=cite>old</blockquote>"
)
SAMPLES = {
    "plain": sample(),
    "rich": sample(html=HTML, attachments=(PICTURE, FILE)),
    "files": sample(attachments=(FILE,)),
}
TOKENS = [
    *(mark.encode() for mark in ["--", ";", '"', "=", "=?utf-8?b?", "?=", "(", "<", ">", ","]),
    *(b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b"\xff"),
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
]


def damaged(raw, dice):
    data = bytearray(raw)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(data) + 1)
        act = dice.randrange(4)
        if act == 0:
            data[at:at] = dice.choice(TOKENS)
        elif act == 1:
            del data[at : at + dice.randint(1, 40)]
        elif act == 2 and at < len(data):
            data[at] = dice.randrange(256)
        else:
            start = dice.randrange(len(data) + 1)
            data[at:at] = data[start : start + dice.randint(1, 200)]
    return bytes(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_mail(name):
    dice = random.Random(name)
    ends = time.monotonic() + SECONDS
    for _ in range(400):
        if time.monotonic() > ends:
            break
        raw = damaged(SAMPLES[name], dice)
        parsed = parse.parse(raw)
        tracked = tally(rendered.of_parsed(parsed).trackers)
        assert replace(parsed.digest, tracked=tracked) == digest(raw)
        shown = rendered.of_parsed(parsed)
        assert rendered.decode(rendered.encode(shown)) == shown
        for file in parsed.attachments:
            assert len(parse.attachment(raw, file.part)) == file.size
