from missive_desktop.app.presenters.happened import EventRow, Names, lines

NAMES = Names("ana", {"ana": "Ana", "ben": "Ben", "chiara": "Chiara"}, {}, str)


def told(*rows):
    return [event.words.format(*event.names) for _, event in lines(rows, NAMES)]


def test_who_has_a_task_does_not_have_the_conversation():
    rows = (
        EventRow(1, "chiara", "task.added", {"assignees": ["ben"], "st": "todo"}),
        EventRow(2, "ana", "conversation.assigned", {"assignees": ["ben"]}),
        EventRow(3, "ben", "conversation.assigned", {"assignees": []}),
    )
    assert told(*rows) == [
        "Chiara added a task",
        "You assigned this to Ben",
        "Ben gave this back",
    ]
