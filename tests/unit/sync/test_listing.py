"""Who gets a role: the folder that the server marks, else the first by name."""

from __future__ import annotations

from missive_desktop.domain.folder import Role
from missive_desktop.mail.session import ListedFolder
from missive_desktop.sync.listing import roles


def listed(name: str, *attributes: str) -> ListedFolder:
    return ListedFolder(name, "/", attributes)


def test_marks_go_before_names() -> None:
    found = roles([listed("INBOX"), listed("Sent"), listed("Gesendet", "\\Sent")])
    assert found == {"INBOX": Role.INBOX, "Gesendet": Role.SENT}


def test_one_folder_for_each_role() -> None:
    found = roles([listed("Deleted Items"), listed("Trash"), listed("INBOX/Trash")])
    assert list(found.values()) == [Role.TRASH]
    assert "Trash" in found


def test_a_name_deep_in_the_tree_is_no_role() -> None:
    assert roles([listed("Clients/Sent")]) == {}
