from email import message_from_bytes, policy

import pytest

from missive_desktop.demo import board
from missive_desktop.demo.board import LABELS, OPENED, PEOPLE
from missive_desktop.demo.script import STORY

NOW = 1_795_000_000
INBOXES = board.inboxes()


def test_support_comes_first():
    assert [each.name for each in INBOXES] == ["Support", "Orders"]


@pytest.mark.parametrize("inbox", INBOXES, ids=lambda each: each.name)
def test_what_is_planned_is_there(inbox):
    for name, plan in inbox.plans.items():
        mails = inbox.mails(name, NOW)
        assert len(mails) > plan.late, name
        assert set(plan.labels) <= LABELS.keys()
        assert plan.to in {"", *PEOPLE}
        assert {each.by for each in plan.comments} <= PEOPLE.keys()
        assert plan.state in ("open", "closed")
        ages = [NOW - mail.at for mail in mails]
        assert ages == sorted(ages, reverse=True)
        assert 0 <= ages[-1] < ages[0] + 1 < 90 * 86_400


@pytest.mark.parametrize("inbox", INBOXES, ids=lambda each: each.name)
def test_each_mail_is_whole_and_to_or_from_its_inbox(inbox):
    names = []
    for folder in (path for path in inbox.folder.iterdir() if path.is_dir()):
        for mail in inbox.mails(folder.name, NOW):
            message = message_from_bytes(mail.raw, policy=policy.default)
            assert not message.defects
            assert message["Subject"]
            assert "X-Demo-Age" not in message
            assert inbox.address in f"{message['From']} {message['To']}"
            names.append(message["Message-ID"])
    assert len(names) == len(set(names))


def test_the_story_names_what_there_is():
    known = {name for inbox in INBOXES for name in inbox.plans}
    coming = {step.conv for _, step in STORY if step.does == "files"}
    assert {step.conv for _, step in STORY} <= known | coming
    for name in coming:
        assert [1 for inbox in INBOXES if inbox.mails(name, NOW)] == [1]
    assert OPENED in INBOXES[0].plans
