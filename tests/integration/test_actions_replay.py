"""The user's acts on a real server: at once here, in order there, backed out if refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import Pair, mail, pair

from missive_desktop.domain.act import Deed
from missive_desktop.domain.message import Flags
from missive_desktop.errors import UsageError
from missive_desktop.store import actions
from missive_desktop.sync import folder_acts


@pytest.fixture(params=["dovecot", "plain_dovecot"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    server: DovecotServer = request.getfixturevalue(request.param)
    with pair(server, tmp_path) as made:
        made.server.append(made.user, [mail(f"one {n}") for n in range(6)])
        made.server.append(made.user, mail("sent"), folder="Sent")
        made.server.append(made.user, mail("filed"), folder="Archive")
        made.server.append(made.user, mail("gone"), folder="Trash")
        made.server.append(made.user, mail("spam"), folder="Junk")
        made.sync.sync_once()
        yield made


def test_flags_go_to_the_server(both: Pair) -> None:
    both.act(Deed.READ, "one 0", "one 1")
    both.act(Deed.STAR, "one 1")
    both.act(Deed.UNREAD, "one 0")
    assert both.flags("one 1") == Flags.SEEN | Flags.FLAGGED
    assert both.flags("one 0") == Flags(0)
    both.sync.sync_once()
    both.assert_same()
    assert both.flags("one 1") == Flags.SEEN | Flags.FLAGGED
    assert both.flags("one 0") == Flags(0)


def test_moves_are_local_at_once_and_replayed(both: Pair) -> None:
    both.act(Deed.ARCHIVE, "one 0", "one 1")
    both.act(Deed.TRASH, "one 2")
    both.act(Deed.SPAM, "one 3")
    both.act(Deed.NOT_SPAM, "spam")
    assert both.places("one 0") == {"Archive"}
    assert both.places("spam") == {"INBOX"}
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"Archive"}
    assert both.places("one 2") == {"Trash"}
    assert both.places("one 3") == {"Junk"}
    assert both.places("spam") == {"INBOX"}


def test_acts_on_mail_that_another_connection_took_in(both: Pair) -> None:
    both.act(Deed.STAR, "one 0")
    both.sync.tell_once()  # this connection has the inbox open from now on
    both.server.append(both.user, [mail("new one"), mail("new two"), mail("new three")])
    both.sync.sync_once()  # over another one
    both.act(Deed.TRASH, "new one")
    both.act(Deed.READ, "new two")
    both.act(Deed.DELETE, "new three")
    both.sync.tell_once()
    both.sync.sync_once()
    both.assert_same()
    assert both.places("new one") == {"Trash"}
    assert both.flags("new two") == Flags.SEEN
    assert len(both.theirs()) == 7


def test_acts_on_what_is_itself_pending(both: Pair) -> None:
    both.act(Deed.ARCHIVE, "one 0")
    both.act(Deed.STAR, "one 0")
    both.act(Deed.MOVE, "one 0", source="Archive", target="Trash")
    both.act(Deed.READ, "one 0")
    assert both.places("one 0") == {"Trash"}
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"Trash"}
    assert both.flags("one 0") == Flags.SEEN | Flags.FLAGGED


def test_undo_before_and_after_the_server_knows(both: Pair) -> None:
    (undo,) = both.act(Deed.ARCHIVE, "one 0", "one 1")
    both.do(undo)
    assert both.places("one 0") == {"INBOX"}
    both.sync.sync_once()
    both.assert_same()
    (undo,) = both.act(Deed.TRASH, "one 2")
    both.sync.sync_once()
    both.do(undo)
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == both.places("one 1") == both.places("one 2") == {"INBOX"}


def test_copies_and_takes_them_back(both: Pair) -> None:
    (undo,) = both.act(Deed.COPY, "one 0", target="Archive")
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"INBOX", "Archive"}
    assert both.act(Deed.COPY, "one 0", target="Archive") == []  # it is there
    both.do(undo)
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"INBOX"}


def test_deletes_for_good(both: Pair) -> None:
    both.act(Deed.DELETE, "one 0", "gone")
    assert len(both.ours()) == 5
    both.sync.sync_once()
    both.assert_same()
    assert len(both.theirs()) == 5
    assert both.theirs("Trash") == {}


def test_what_is_queued_wins_over_what_happened_elsewhere(both: Pair) -> None:
    uid = min(both.ours())
    both.act(Deed.READ, "one 0")
    both.act(Deed.ARCHIVE, "one 1")
    both.do_there("INBOX", ("STORE", str(uid), "+FLAGS", "(\\Flagged)"))
    both.do_there("INBOX", ("STORE", str(uid + 2), "+FLAGS", "(\\Seen)"))
    both.sync.sync_once()
    both.assert_same()
    assert both.flags("one 0") == Flags.SEEN | Flags.FLAGGED
    assert both.flags("one 2") == Flags.SEEN
    assert both.places("one 1") == {"Archive"}


def test_a_message_deleted_elsewhere_is_not_brought_back(both: Pair) -> None:
    both.act(Deed.ARCHIVE, "one 0")
    uid = min(both.theirs())
    both.do_there("INBOX", ("STORE", str(uid), "+FLAGS", "(\\Deleted)"))
    with both.server.client(both.user, "INBOX") as client:
        client.expunge()
    both.sync.sync_once()
    both.assert_same()
    assert not both.troubles


def test_uidvalidity_changes_under_the_queue(both: Pair) -> None:
    both.act(Deed.STAR, "filed")
    with both.server.client(both.user) as client:
        client.delete("Archive")
    both.server.append(both.user, [mail("first"), mail("filed")], folder="Archive")
    both.sync.sync_once()
    both.assert_same()
    assert both.flags("filed") == Flags.FLAGGED
    assert both.flags("first") == Flags(0)


def test_a_refused_move_is_backed_out_with_a_reason(both: Pair) -> None:
    both.server.append(both.user, mail("mine"), folder="Mine")
    both.sync.sync_once()
    both.act(Deed.MOVE, "one 0", source="INBOX", target="Mine")
    both.act(Deed.MOVE, "one 0", source="Mine", target="Trash")
    with both.server.client(both.user) as client:
        client.delete("Mine")
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"INBOX"}
    assert both.troubles


def test_folders_are_made_renamed_and_deleted(both: Pair) -> None:
    writer, account = both.writer, both.account
    made = writer.run(lambda c, ch: folder_acts.create(c, account, "Bücher", ch))
    writer.run(lambda c, ch: folder_acts.create(c, account, "Bücher/Neu", ch))
    both.act(Deed.MOVE, "one 0", source="INBOX", target="Bücher/Neu")
    writer.run(lambda c, ch: folder_acts.rename(c, made, "書籍", ch))
    both.act(Deed.MOVE, "one 1", source="INBOX", target="書籍")
    assert both.places("one 0") == {"書籍/Neu"}
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {"書籍/Neu"}
    assert both.places("one 1") == {"書籍"}
    writer.run(lambda c, ch: folder_acts.delete(c, both.folder("書籍/Neu"), ch))
    both.sync.sync_once()
    both.assert_same()


@pytest.mark.parametrize("both", ["plain_dovecot"], indirect=True)
@pytest.mark.parametrize("target", ["Archive", "New"])
def test_what_was_copied_before_a_crash_is_not_copied_again(both: Pair, target: str) -> None:
    """Also not into a new folder, which was never synced."""
    if target == "New":
        both.writer.run(lambda c, ch: folder_acts.create(c, both.account, "New", ch))
        both.sync.tell_once()
    both.act(Deed.MOVE, "one 0", source="INBOX", target=target)
    [move] = both.read(lambda c: actions.pending(c, both.account))
    both.writer.run(lambda c, _: actions.tried(c, move.id, ""))
    both.do_there("INBOX", ("COPY", "1", target))  # and here it dies
    both.restart()
    both.sync.sync_once()
    both.assert_same()
    assert both.places("one 0") == {target}
    assert len(both.theirs(target)) == (2 if target == "Archive" else 1)
    assert len(both.theirs()) == 5


def test_what_makes_no_sense_is_refused_at_once(both: Pair) -> None:
    writer = both.writer
    for name in ("", "Archive", "a\r\nb", "a//b"):
        with pytest.raises(UsageError):
            writer.run(lambda c, ch, n=name: folder_acts.create(c, both.account, n, ch))
    with pytest.raises(UsageError):
        writer.run(lambda c, ch: folder_acts.delete(c, both.folder(), ch))
    with pytest.raises(UsageError):
        both.act(Deed.MOVE, "one 0")
    assert both.queued() == 0
