"""Whatever is asked, in whatever order: it is answered, and the books stay right."""

import copy

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger import Ledger, body, joins, lease, organization, space
from tests.row_sums import of_rows

from missive_server.core.values import Call
from missive_wire import acts, chain
from missive_wire.codec import decode, encode
from missive_wire.headers import belongs, scope_row_id, seat_id
from missive_wire.ids import new_id, org_scope
from missive_wire.mutation import Mutation, Result

LEDGER = Ledger()
ANA = organization(LEDGER)
SPACE = space(ANA)
TEAM = [ANA, *(joins(LEDGER, ANA.org, role, (SPACE[2:],)) for role in ("admin", "member"))]
EVE = organization(LEDGER)

CONV = new_id()
for t, act, h in (
    ("conv", "conversation.created", {}),
    ("msg", "message.added", {"conv": CONV}),
    ("comment", "comment.added", {"conv": CONV}),
    ("task", "task.added", {}),
    ("send", "send.requested", {"conv": CONV, "st": "requested"}),
    ("label", "label.added", {}),
):
    ANA.does(act, "put", SPACE, t, CONV, h=h, **body(LEDGER, SPACE))
lease(LEDGER, SPACE, ANA, 1)

SEATS = [seat_id(SPACE[2:], person.user) for person in TEAM]
IDS = [CONV, SPACE[2:], scope_row_id(SPACE), *SEATS, "", "\0", "é"]
IDS += [name for person in TEAM for name in (person.user, person.device)]
SCOPES = [SPACE, org_scope(ANA.org), *(person.own for person in TEAM), EVE.own, "u:\0", ""]
SCALARS = st.sampled_from([*IDS, "closed", "owner", "member", "a" * 64]) | st.integers(-1, 3)
MAPS = st.dictionaries(st.sampled_from(IDS), SCALARS)
NAMES = [
    "st", "inbox", "assignees", "assignees+", "labels-", "conv", "user", "role", "blob", "kind",
    "epoch", "keys", "confirm", "sig", "by", "auth", "until", "seats", "x",
]  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(NAMES), SCALARS | st.lists(SCALARS, max_size=3) | MAPS, max_size=6
)
FULL = {
    "conv": {"st": "open", "inbox": False, "assignees": [], "labels": []},
    "msg": {"conv": CONV, "part": 1},
    "comment": {"conv": CONV},
    "send": {"conv": CONV, "st": "requested"},
    "task": {"st": "todo"},
    "member": {"role": "admin"},
    "invite": {"role": "member", "until": 9, "auth": "a" * 64},
    "grant": {"epoch": 2, "keys": {}, "confirm": "", "sig": "", "by": ANA.device},
}
BODIES = st.sampled_from([(0, b"", 0), (1, b"x", 1), (1, b"x", 2), (1, b"", 1), (9, b"x", 1)])


@st.composite
def mutations(draw):
    """Return one that says what its act says, and otherwise anything."""
    act = draw(st.sampled_from([*acts.ACTS, "no.act"]))
    rule = acts.ACTS.get(act)
    h = draw(HEADERS)
    if rule and draw(st.booleans()):
        h |= {name: draw(st.sampled_from(values)) for name, values in rule.sets.items()}
    k, b, bv = draw(BODIES)
    fits = rule is not None and rule.op != "event"
    return Mutation(
        mid=0,
        op=rule.op if fits else draw(st.sampled_from(["put", "del", "note"])),
        scope=draw(st.sampled_from(SCOPES)),
        t=(rule.t if rule else "") or draw(st.sampled_from(["conv", "\0", "x", "scope"])),
        id=draw(st.sampled_from(IDS)),
        act=act,
        h=h,
        k=k,
        b=b,
        bv=bv,
        pre=draw(st.none() | HEADERS),
        fence=draw(st.sampled_from([0, 0, 1])),
    )


@st.composite
def plausible(draw):
    """Return one that could well be accepted, but for who asks and what is there."""
    act = draw(st.sampled_from([name for name, rule in acts.ACTS.items() if rule.who and rule.t]))
    rule = acts.ACTS[act]
    scope = draw(st.sampled_from([scope for scope in SCOPES if belongs(rule.t, scope)]))
    there = [row for (at, t, _), row in LEDGER.rows.items() if (at, t) == (scope, rule.t)]
    row = draw(st.sampled_from([*there, None]))
    user = draw(st.sampled_from([person.user for person in TEAM]))
    full = FULL.get(rule.t, {}) | {"user": user}
    h = {name: value for name, value in full.items() if rule.fields & {"*", name}}
    h |= {name: draw(st.sampled_from(values)) for name, values in rule.sets.items()}
    fresh = seat_id(scope[2:], user) if rule.t == "seat" else new_id()
    sealed = {"k": 1, "b": b"x", "bv": (row.bv if row else 0) + 1} if rule.body else {}
    name = row.id if row else fresh
    return Mutation(0, rule.op, scope, rule.t, name, act, h, fence=int(rule.worker), **sealed)


ASKED = st.lists(
    st.tuples(
        st.integers(0, len(TEAM)), st.lists(mutations() | plausible(), min_size=1, max_size=3)
    ),
    min_size=1,
    max_size=4,
)


def calls(asked):
    last = {}
    for who, wanted in asked:
        person = [*TEAM, EVE][who]
        first = last.get(person.device, LEDGER.devices[person.device].last_mid) + 1
        last[person.device] = first + len(wanted) - 1
        numbered = (msgspec.structs.replace(m, mid=first + n) for n, m in enumerate(wanted))
        yield Call(person.caller, tuple(decode(encode(each), Mutation) for each in numbered))


@settings(max_examples=300, deadline=None)
@given(ASKED)
def test_everything_is_answered_and_the_books_stay_right(asked):
    ledger = copy.deepcopy(LEDGER)
    before = {name: encode(state) for name, state in ledger.scopes.items()}
    wanted = list(calls(asked))
    outcome = ledger.run(*wanted, now=7)
    accepted = 0
    for call, answer in zip(wanted, outcome.answers, strict=True):
        if not answer.refusal:
            assert [r.mid for r in answer.results] == [m.mid for m in call.muts]
            accepted += sum(r.st == "ok" for r in answer.results)
        for result in answer.results:
            assert decode(encode(result), Result) == result
    assert len(outcome.audit) == accepted
    changed = {name for name in before if encode(ledger.scopes[name]) != before[name]}
    assert changed <= outcome.scopes.keys()
    for name in outcome.scopes:
        _check_books(ledger, name)
    assert "owner" in {role for (org, _), role in ledger.members.items() if org == ANA.org}
    assert all("\0" not in part for key in outcome.rows for part in key)
    assert all("\0" not in row.h.get("conv", "") for row in outcome.rows.values())
    for name, records in ledger.audit.items():
        assert name in (EVE.own, org_scope(EVE.org)) or EVE.user not in {r.by for r in records}


def _check_books(ledger, name):
    state = ledger.scopes[name]
    rows = [row for (scope, _, _), row in ledger.rows.items() if scope == name]
    assert (state.sum, state.count) == (of_rows(rows), len(rows))
    assert len({row.seq for row in rows}) == len(rows)
    assert max((row.seq for row in rows), default=0) == state.seq
    records = ledger.audit.get(name, [])
    assert chain.verified(chain.Head(), name, records) == (state.head, 0)
