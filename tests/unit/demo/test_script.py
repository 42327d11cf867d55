from missive_desktop.demo.board import ANA, BEN, CHIARA, OPENED
from missive_desktop.demo.script import ANSWERS, STORY, TAKEN, Heard, Script, Step


def told(script, *times):
    return [step for now in times for step in script.due(now)]


def test_who_is_mentioned_looks_writes_and_answers():
    script = Script((), 100.0)
    script.hear(Heard("mentioned", BEN, "freins"), 100.0)
    assert script.due(101.0) == []
    assert told(script, 102.0, 104.0) == [
        Step(BEN, "looks", "freins"),
        Step(BEN, "types", "freins"),
    ]
    assert script.due(110.0) == [Step(BEN, "says", "freins", ANSWERS[BEN][0])]


def test_answers_take_turns_and_are_the_same_in_each_run():
    def run():
        script = Script((), 0.0)
        for at in range(6):
            script.hear(Heard("mentioned", CHIARA, f"c{at}"), 20.0 * at)
            yield [each.text for each in script.due(20.0 * at + 10) if each.does == "says"]

    first = list(run())
    assert first == list(run())
    assert [text for [text] in first[:5]] == [*ANSWERS[CHIARA], ANSWERS[CHIARA][0]]


def test_who_is_given_a_conversation_says_so_once():
    script = Script((), 0.0)
    script.hear(Heard("given", BEN, "bel"), 0.0)
    script.hear(Heard("mentioned", BEN, "bel"), 0.5)  # with the same breath
    said = [each for each in told(script, 3.0, 5.0, 9.0, 12.0) if each.does == "says"]
    assert said == [Step(BEN, "says", "bel", TAKEN[BEN][0])]


def test_nobody_speaks_for_the_user():
    script = Script((), 0.0)
    script.hear(Heard("mentioned", ANA, "bel"), 0.0)
    assert script.due(60.0) == []


def test_who_looks_is_seen_as_long_as_they_do():
    script = Script((STORY[0],), 0.0)
    looks = Step(BEN, "looks", OPENED)
    assert told(script, 0.0, 10.0, 15.0, 20.0, 30.0) == [looks, looks, looks]
    assert script.until_next(31.0, 60.0) == 14.0
    assert script.until_next(31.0, 0.3) == 0.3


def test_the_story_is_told_in_its_order():
    script = Script(STORY, 50.0)
    steps = [each for at in range(50, 140) for each in script.due(float(at))]
    acts = [step for step in steps if step.does not in ("looks", "types")]
    assert acts == [step for _, step in STORY if step.does not in ("looks", "types")]
