"""Golden vectors: what goes over the wire today must be read and written the same for ever."""

import hashlib
import json
from pathlib import Path

import pytest

from missive_wire import (
    acts,
    chain,
    codec,
    feed,
    frames,
    headers,
    mutation,
    patching,
    routes,
    rules,
    sums,
)

VECTORS = Path(__file__).parents[2] / "data" / "wire"
MODULES = (frames, feed, mutation, routes)


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def shape(name):
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))


@pytest.mark.parametrize("vector", load("values"), ids=lambda v: v["name"])
def test_what_goes_over_the_wire_is_read_and_written_exactly(vector):
    value = codec.decode(vector["json"], shape(vector["shape"]))
    assert codec.encode(value).decode() == vector["json"]
    assert json.loads(vector["json"]).keys() <= set(value.__struct_fields__) | {"f"}


@pytest.mark.parametrize("vector", load("values"), ids=lambda v: v["name"])
def test_a_frame_is_told_by_its_tag(vector):
    if not vector["name"].startswith("frame"):
        return
    expected = codec.decode(vector["json"], shape(vector["shape"]))
    readers = [(frames.from_client, frames.FromClient), (frames.from_server, frames.FromServer)]
    found = [read(vector["json"]) for read, kinds in readers if isinstance(expected, kinds)]
    assert found
    assert all(each == expected for each in found)


@pytest.mark.parametrize("vector", load("newer"), ids=lambda v: v["name"])
def test_what_a_newer_one_sends_is_kept(vector):
    [row] = codec.decode(vector["json"], shape(vector["shape"])).rows
    assert {"t": row.t, "h": row.h} == vector["keeps"]
    again = codec.decode(codec.encode(row), type(row))
    assert again == row
    assert headers.wrong(row.t, row.h) == ""
    kept = patching.patched(row.h, {"st": "closed"})
    assert kept.items() >= {k: v for k, v in row.h.items() if k != "st"}.items()


def test_the_trail_is_chained_as_it_was():
    told = load("trail")
    records = [codec.decode(json.dumps(each), chain.Record) for each in told["records"]]
    head, wrong = chain.verified(chain.Head(), told["scope"], records)
    assert (head.n, head.h.hex(), wrong) == (len(records), told["head"], 0)
    value = codec.decode(json.dumps(told["checkpoint"]["value"]), chain.Checkpoint)
    signed = hashlib.sha256(chain.checkpoint_bytes(value)).hexdigest()
    assert signed == told["checkpoint"]["signed sha256"]


def test_sums_are_what_they_were():
    for each in load("sums"):
        total = sum(sums.row_sum(*row) for row in each["rows"]) & ((1 << 64) - 1)
        assert sums.as_text(total) == each["sum"]


def test_patches_do_what_they_did():
    for each in load("patches"):
        assert patching.patched(each["before"], each["patch"]) == each["after"]


def test_ids_are_derived_as_they_were():
    seat, row = load("ids")
    assert headers.seat_id(seat["space"], seat["user"]) == seat["seat"]
    assert headers.scope_row_id(row["scope"]) == row["row"]


def test_who_may_do_what_changes_on_purpose_only():
    assert load("rights") == {
        act: [role for role in rules.ROLES if role in rule.who]
        for act, rule in acts.ACTS.items()
        if rule.who
    }
