"""Members at random over lines that break at random, on a real server: all equal in the end."""

from __future__ import annotations

import random
import time

from tests.servers.mates import Link, Mate, Mates, until
from tests.servers.soak import dice, rounds

from missive_desktop.domain.team import REFUSED

_ACTS = 25  # in one round
_PAUSE = 0.03


def test_members_and_lines_at_random_lead_to_the_same(mates: Mates) -> None:
    chance = dice("chaos")
    members = [mates.owner, mates.join()]
    links = [mates.link(), mates.link()]
    made = [mates.mate(who, link) for who, link in zip(members, links, strict=True)]
    until(lambda: all(mate.whole(mates.scope) for mate in made))
    said: set[str] = set()
    for _ in range(rounds(1)):
        for _ in range(_ACTS):
            act(chance, mates.scope, chance.choice(made), said)
            if chance.random() < 0.4:
                trouble(chance, chance.choice(made), chance.choice(links))
            time.sleep(chance.random() * _PAUSE)
        for link in links:
            link.refuse = link.drop_up = link.drop_down = False
            link.delay = 0.0
            link.reset()
        for mate in made:
            mate.team.again()
        check(mates, made, said)


def act(chance: random.Random, scope: str, mate: Mate, said: set[str]) -> None:
    convs = sorted(mate.rows(scope, "conv"))
    if not convs or chance.random() < 0.2:
        said.add(mate.conversation(scope, f"Number {len(said)}"))
        return
    conv = chance.choice(convs)
    match chance.randrange(4):
        case 0:
            said.add(mate.comment(scope, conv, f"comment {len(said)}"))
        case 1:
            me = mate.member.me.user
            assigned = {"assignees": []}
            mate.patch(scope, conv, "conversation.assigned", assigned, assignees=[me])
        case 2:
            mate.patch(scope, conv, "conversation.closed", st="closed", last=2)
        case _:
            mate.patch(scope, conv, "conversation.reopened", st="open", last=3)


def trouble(chance: random.Random, mate: Mate, link: Link) -> None:
    match chance.randrange(6):
        case 0:
            link.reset()
        case 1:
            link.drop_down = not link.drop_down
        case 2:
            link.drop_up = not link.drop_up
        case 3:
            link.delay = chance.random() * 0.05
        case 4:
            link.refuse = not link.refuse
        case _:
            mate.again()


def check(mates: Mates, made: list[Mate], said: set[str]) -> None:
    """Whatever was done is there, or refused with words; and all have the same."""

    def quiet() -> bool:
        return all(
            mate.whole(mates.scope) and all(p.state in REFUSED for p in mate.pending())
            for mate in made
        )

    def same() -> bool:
        kinds = ("conv", "comment")
        first, *others = [
            {
                t: {i: (r.v, r.h, r.body) for i, r in mate.rows(mates.scope, t).items()}
                for t in kinds
            }
            for mate in made
        ]
        return all(other == first for other in others)

    until(lambda: quiet() and same(), 120)
    there = set(made[0].rows(mates.scope, "conv")) | set(made[0].rows(mates.scope, "comment"))
    assert there == said  # none of them may be refused
    assert all(row.v == 1 for row in made[0].rows(mates.scope, "comment").values())
    assert {kind for mate in made for kind in mate.notices()} <= {"joined"}
