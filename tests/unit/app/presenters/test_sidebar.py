from __future__ import annotations

from tests.factories import mailbox

from missive_desktop.app.presenters.sidebar import folder_tree, read
from missive_desktop.domain.folder import Role


def test_folders_stand_as_a_tree_with_roles_first(tmp_path):
    with mailbox(tmp_path) as box:
        for name in ("Work/2026", "Work", "apples", "INBOX/Kept"):
            box.folder(name)
        box.folder("Sent", Role.SENT)
        box.folder("[Gmail]/Starred", Role.STARRED)
        content = read(box.reader)
    tree = content.accounts[0].children
    assert [entry.title for entry in tree] == ["Inbox", "Sent", "apples", "Kept", "Work"]
    assert [entry.title for entry in tree[4].children] == ["2026"]


def test_counts_are_unread_and_places_exist(tmp_path):
    with mailbox(tmp_path) as box:
        box.add([box.arrival(1), box.arrival(2, flags=1)])
        content = read(box.reader)
    assert [(entry.title, entry.count) for entry in content.places] == [
        ("Inbox", 1),
        ("Starred", 0),
        ("Drafts", 0),
    ]
    assert content.accounts[0].count == 1


def test_no_account_no_accounts():
    assert folder_tree([]) == []
