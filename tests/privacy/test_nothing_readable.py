"""No word of the mail stands readable in any file of a profile, whatever the store was used for."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from tests.factories import KEY, NOON, Mailbox, digest, mailbox, settings

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.store import (
    accounts,
    compaction,
    drafts,
    image_rules,
    integrity,
    messages,
    outbox,
    placements,
    raws,
    remote_images,
    rendered,
)

# Words that stand nowhere else, one for each place that a word can come from.
WORDS = {
    "subject": "zaunkoenigsubject",
    "name": "zaunkoenigname",
    "address": "zaunkoenigaddress",
    "body": "zaunkoenigbody",
    "snippet": "zaunkoenigsnippet",
    "filename": "zaunkoenigfilename",
    "message id": "zaunkoenigmessageid",
    "keyword": "zaunkoenigkeyword",
    "draft": "zaunkoenigdraft",
    "outbox": "zaunkoenigoutbox",
    "rendered": "zaunkoenigrendered",
    "folder": "zaunkoenigfolder",
    "account": "zaunkoenigaccount",
    "password": "zaunkoenigpassword",
    "search": "zaunkoenigsearch",
    "remote address": "zaunkoenigremoteaddress",
    "remote image": "zaunkoenigremoteimage",
    "image rule": "zaunkoenigimagerule",
}


def spellings(word: str) -> list[bytes]:
    """How a word could lie in a file: as text, in UTF-16, in Base64 at each offset."""
    found = [word.encode(), word.upper().encode(), word.encode("utf-16-le")]
    found += [b64encode(b"x" * n + word.encode())[4:-4] for n in range(3)]
    return found


def readable(directory: Path) -> list[str]:
    """Return "word in file" for every word that can be read, and plain database headers."""
    found = []
    for file in sorted(directory.rglob("*")):
        if not file.is_file():
            continue
        content = file.read_bytes()
        if b"SQLite format 3" in content:
            found.append(f"a plain database in {file.name}")
        if KEY in content or KEY.hex().encode() in content:
            found.append(f"the key in {file.name}")
        for name, word in WORDS.items():
            if any(form in content for form in spellings(word)):
                found.append(f"{name} in {file.name}")
        if any(word in file.name for word in WORDS.values()):
            found.append(f"a word in the name of {file.name}")
    return found


def use(box: Mailbox) -> None:
    """Put each word into the store in its place, search for it, forget some of it."""
    contents = [
        digest(
            message_id=f"{WORDS['message id']}{n}@x",
            subject=f"{WORDS['subject']} {n}",
            sender=Address(WORDS["name"], f"{WORDS['address']}@example.org"),
            text=f"{WORDS['body']} " * 50,
            snippet=WORDS["snippet"],
            filenames=(WORDS["filename"],),
        )
        for n in range(30)
    ]
    raw = "\r\n".join(WORDS.values()).encode() * 50
    folder = box.folder(WORDS["folder"])
    ids = box.add(
        [
            box.arrival(n + 1, one, raw=raw + b"%d" % n, keywords=WORDS["keyword"])
            for n, one in enumerate(contents)
        ],
        folder=folder,
    )
    draft = Draft(account=box.account, text=WORDS["draft"], subject=WORDS["draft"])

    def write(conn, changes):
        accounts.insert(conn, settings(f"{WORDS['account']}@x.org"), WORDS["password"], changes)
        key = drafts.save(conn, 0, draft, NOON, changes)
        drafts.save(conn, key, draft, NOON, changes)
        frozen = raws.insert(conn, box.account, box.packs.append(WORDS["outbox"].encode() * 9))
        box.packs.sync()
        item = outbox.Outbound(
            box.account,
            frozen,
            WORDS["outbox"],
            (WORDS["outbox"],),
            WORDS["outbox"],
            WORDS["outbox"],
            NOON,
            NOON,
            draft=draft,
        )
        outbox.enqueue(conn, item, changes)
        rendered.put(conn, ids[0], 1, WORDS["rendered"].encode() * 50)
        image_rules.put(conn, "domain", WORDS["image rule"], True)
        sealed = box.packs.append(WORDS["remote image"].encode() * 50)
        box.packs.sync()
        kept = remote_images.Kept(f"https://{WORDS['remote address']}/", "image/png", sealed)
        image = remote_images.add(conn, box.account, [kept], NOON)
        remote_images.use(conn, ids[0], image.values(), NOON)
        remote_images.use(conn, ids[-1], image.values(), NOON)

    box.writer.run(write, durable=True)
    for word in ("body", "search"):
        box.reader.execute(
            "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid", (WORDS[word],)
        ).fetchall()
    box.reader.execute("SELECT * FROM messages ORDER BY snippet, subject").fetchall()
    box.writer.run(lambda conn, changes: placements.remove(conn, folder, range(1, 25), changes))
    assert messages.raw(box.reader, box.store, ids[-1]).startswith(raw)


def test_the_words_would_be_found(tmp_path):
    for n, form in enumerate(spellings(WORDS["body"])):
        (tmp_path / str(n)).write_bytes(b"\0" + form)
    assert len([line for line in readable(tmp_path) if line.startswith("body")]) >= 5


@pytest.mark.parametrize("moment", ["in use", "compacted", "closed", "reopened"])
def test_no_file_of_a_profile_holds_a_readable_word(tmp_path, moment):
    with mailbox(tmp_path) as box:
        use(box)
        if moment == "in use":
            assert readable(tmp_path) == []
            assert (tmp_path / "store.db-wal").stat().st_size > 0
        if moment == "compacted":
            box.packs.close()
            compaction.compact(box.writer, box.store, box.reader)
            assert readable(tmp_path) == []
    assert readable(tmp_path) == []
    if moment == "reopened":
        with mailbox(tmp_path) as box:
            assert integrity.check(box.reader, box.store) == []
        assert readable(tmp_path) == []


def test_errors_do_not_quote_the_mail(tmp_path):
    """Errors reach logs: the driver's must not carry the values that were bound."""
    with mailbox(tmp_path) as box:
        use(box)

        def fail(conn, changes):
            conn.execute("INSERT INTO settings (name, value) VALUES (?, ?)", (WORDS["body"], None))

        with pytest.raises(Exception, match="NOT NULL") as caught:
            box.writer.run(fail)
        assert not any(word in str(caught.value) for word in WORDS.values())
