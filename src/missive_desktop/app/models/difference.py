"""How to get from one order of ids to another in few inserts, removals and moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Remove(NamedTuple):
    """Take out rows first … last."""

    first: int
    last: int


class Insert(NamedTuple):
    """Put ids in before row `first`."""

    first: int
    ids: list[int]


class Move(NamedTuple):
    """Take the row `source` and put it where it has the index `target` afterwards."""

    source: int
    target: int


Step = Remove | Insert | Move
LIMIT = 400  # moves; beyond, the rows between are exchanged as a whole


def steps(old: Sequence[int], new: Sequence[int]) -> list[Step]:
    """Return the steps from `old` to `new`, to be done one after the other."""
    head = _common_head(old, new)
    tail = _common_tail(old, new, head)
    before, after = list(old[head : len(old) - tail]), list(new[head : len(new) - tail])
    result = list(_removals(before, set(after), head))
    wanted = set(before) & set(after)
    before = [item for item in before if item in wanted]
    rest = list(_moves_and_inserts(before, after, head))
    if len(rest) > LIMIT:
        return _exchange(len(old) - tail - head, after, head)
    return result + rest


def _exchange(size: int, after: list[int], head: int) -> list[Step]:
    result: list[Step] = []
    if size:
        result.append(Remove(head, head + size - 1))
    if after:
        result.append(Insert(head, after))
    return result


def _common_head(old: Sequence[int], new: Sequence[int]) -> int:
    """Return how many leading ids are equal: comparing slices first, which is quick."""
    end = min(len(old), len(new))
    position, stride = 0, 4096
    while position < end and old[position : position + stride] == new[position : position + stride]:
        position = min(position + stride, end)
    while position < end and old[position] == new[position]:
        position += 1
    return position


def _common_tail(old: Sequence[int], new: Sequence[int], head: int) -> int:
    count, most, stride = 0, min(len(old), len(new)) - head, 4096
    while count + stride <= most:
        a, b = len(old) - count, len(new) - count
        if old[a - stride : a] != new[b - stride : b]:
            break
        count += stride
    while count < most and old[len(old) - 1 - count] == new[len(new) - 1 - count]:
        count += 1
    return count


def _removals(before: list[int], kept: set[int], offset: int) -> Iterator[Remove]:
    """Yield runs that are gone, from the end, so that indexes before them stay right."""
    end = len(before)
    while end:
        end -= 1
        if before[end] in kept:
            continue
        first = end
        while first and before[first - 1] not in kept:
            first -= 1
        yield Remove(offset + first, offset + end)
        end = first


def _moves_and_inserts(before: list[int], after: list[int], offset: int) -> Iterator[Step]:
    place = {item: index for index, item in enumerate(after)}
    known = set(before)
    # Rows that come later than all their followers went down: take them to their place first.
    index = 0
    moves = 0
    while index < len(after):
        item = after[index]
        if item not in known:
            run = [item]
            while index + len(run) < len(after) and after[index + len(run)] not in known:
                run.append(after[index + len(run)])
            yield Insert(offset + index, run)
            before[index:index] = run
            index += len(run)
            continue
        while before[index] != item:
            moves += 1
            if moves > LIMIT + 1:
                yield from ([Move(0, 0)] * (LIMIT + 1))
                return
            following = before[index + 1] if index + 1 < len(before) else None
            if following == item:
                target = _resting_place(before, place, index)
                yield Move(offset + index, offset + target)
                before.insert(target, before.pop(index))
            else:
                source = before.index(item, index)
                yield Move(offset + source, offset + index)
                before.insert(index, before.pop(source))
        index += 1


def _resting_place(before: list[int], place: dict[int, int], index: int) -> int:
    """Return where the row at `index`, which went down, comes to lie."""
    goal = place[before[index]]
    target = index
    while target + 1 < len(before) and place[before[target + 1]] < goal:
        target += 1
    return target
