import re
import threading
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import ANN, BEN, NOON, digest, mailbox

from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address, Flags
from missive_desktop.domain.query import QuerySyntaxError, parse
from missive_desktop.domain.query_tree import (
    And,
    Dated,
    HasAttachment,
    Is,
    Not,
    Or,
    Place,
    Query,
    Sized,
    Text,
    write,
)
from missive_desktop.domain.tracking import Tally
from missive_desktop.errors import Cancelled
from missive_desktop.store import indexing, search

DAY = 86_400
TRACKED = (
    Tally("SendGrid", "pixel", "vendor", "u1.ct.sendgrid.net", 1),
    Tally("Adobe Marketo Engage", "link", "vendor", "click.list-manage.example", 1),
    Tally("", "pixel", "size", "t.shop.example", 1),
)
NOW = NOON + 40 * DAY
CLAIRE = Address("Claire Fontaine", "commandes@atelier-velo.example")


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with mailbox(tmp_path_factory.mktemp("search")) as box:
        box.projects = box.folder("Work/Projects")
        box.sent = box.folder("Sent", Role.SENT)
        yield fill(box)


def fill(box):
    contents = [
        {
            "subject": "Order 48213: 6 of 8 batteries arrived",
            "sender": CLAIRE,
            "text": "six, sealed",
        },
        {"subject": "Lunch", "text": "Shall we meet on the Große Straße in Łódź?"},
        {"subject": "チャイルドシートの取り付け", "text": "先日購入したカーゴバイクに"},
        {"subject": "Smørrebrød", "text": "hilsen Søren, tlf. 12-34"},
        {"subject": "สวัสดี", "text": "ขอใบเสนอราคาจักรยาน"},
        {"subject": "Повернення коштів", "text": "за шолом"},
        {"subject": "مَرْحَبًا", "text": "استفسار عن موعد"},
        {"subject": "हिन्दी", "text": "साइकिल की कीमत"},
        {"subject": "Quarterly budget review", "text": 'the "C++" part & all', "cc": (CLAIRE,)},
        {
            "subject": "the files",
            "tracked": TRACKED,
            "filenames": ("delivery-note.pdf",),
            "attachments": 1,
        },
        {"subject": "blind", "to": (), "bcc": (CLAIRE,), "text": "the meeting"},
    ]
    arrivals = []
    for number, content in enumerate(contents * 3):
        date = NOON + number * DAY
        made = digest(date=date, message_id=f"s{number}@x", **content)
        flags = [0, Flags.SEEN, Flags.SEEN | Flags.FLAGGED, Flags.ANSWERED][number % 4]
        raw = f"{number}".encode() + b"." * (number * 100)
        arrivals.append(box.arrival(number + 1, made, raw=raw, flags=flags))
    box.ids = box.add(arrivals[:20])
    box.ids += box.add(arrivals[20:28], folder=box.projects)
    box.ids += box.add(arrivals[28:], folder=box.sent)
    box.contents = dict(zip(box.ids, arrivals, strict=True))
    box.where = {
        message: "inbox" if n < 20 else "work/projects" if n < 28 else "sent"
        for n, message in enumerate(box.ids)
    }
    return box


def found(box, text, **given):
    chosen = {"limit": 50, "now": NOW, "zone": UTC} | given
    return search.search(box.reader, parse(text), **chosen)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("batteries", [0]),
        ("batter*", [0]),
        ("batter", []),
        ("strasse", [1]),
        ("Straße", [1]),
        ("grosse", [1]),
        ("lodz", [1]),
        ("ŁÓDŹ", [1]),
        ("シート", [2]),
        ("ﾊﾞｲｸ", [2]),
        ("購入した", [2]),
        ("購した", []),
        ("smorrebrod", [3]),
        ("soren", [3]),
        ("12-34", [3]),
        ("เสนอ", [4]),
        ("จักรยาน", [4]),
        ("коштів", [5]),
        ("ПОВЕРНЕННЯ", [5]),
        ("مرحبا", [6]),
        ("हिन्दी", [7]),
        ("कीमत", [7]),
        ("C++", [8]),
        ("part & all", [8]),
        ("& ++", []),
        ('"quarterly budget"', [8]),
        ('"budget quarterly"', []),
        ("budget quarterly", [8]),
        ("from:claire", [0]),
        ("from:commandes@atelier-velo.example", [0]),
        ("from:atelier-velo", [0]),
        ("cc:fontaine", [8]),
        ("to:claire", [10]),
        ("claire", [0, 8, 10]),
        ("subject:the", [9]),
        ("body:the", [1, 8, 10]),
        ("filename:pdf", [9]),
        ("delivery-note.pdf", [9]),
        ("has:attachment", [9]),
        ("-has:attachment the", [1, 8, 10]),
        ("is:tracked", [9]),
        ("tracker:sendgrid", [9]),
        ("tracker:send", [9]),
        ("tracker:grid", []),
        ("tracker:marketo", [9]),
        ("tracker:ct.sendgrid.net", [9]),
        ("tracker:t.shop", [9]),
        ("tracker:list_manage", []),
        ("the -tracker:adobe", [1, 8, 10]),
        ("lunch OR tracker:sendgrid", [1, 9]),
        ("the -meeting", [1, 8, 9]),
        ("lunch OR budget", [1, 8]),
        ("the (lunch OR has:attachment)", [1, 9]),
        ("lunch OR has:attachment", [1, 9]),
        ("from:(claire OR nobody) sealed", [0]),
        ("NEAR(zz", []),
        ("{subject}: x*y^", []),
    ],
)
def test_what_is_found(box, text, numbers):
    """The mailbox holds eleven mails three times over; numbers are of the first of each."""
    ids = found(box, text)
    assert ids == sorted(ids, reverse=True)
    assert sorted({box.ids.index(i) % 11 for i in ids}) == numbers
    assert len(ids) == 3 * len(numbers)
    assert search.count(box.reader, parse(text), now=NOW, zone=UTC) == len(ids)


def test_everything_is_found_by_nothing(box):
    assert found(box, "") == box.ids[::-1]
    assert found(box, "in:all", limit=None) == box.ids[::-1]


def test_pages_join_without_a_gap(box):
    whole = found(box, "the")
    pages, before = [], None
    while page := found(box, "the", limit=2, before=before):
        pages += page
        before = page[-1]
    assert pages == whole


def test_relevance_puts_the_subject_first(box):
    ids = found(box, "the", order="relevance")
    assert set(ids) == set(found(box, "the"))
    assert {box.ids.index(i) % 11 for i in ids[:3]} == {9}
    assert found(box, "is:starred", order="relevance") == found(box, "is:starred")
    assert found(box, "zzz", order="relevance") == []
    assert found(box, "the", order="relevance", limit=2) == ids[:2]


def test_conversations_are_distinct_and_newest_first(box):
    rows = search.conversations(box.reader, parse("the"), limit=50, now=NOW, zone=UTC)
    assert [row.latest for row in rows] == sorted({r.latest for r in rows}, reverse=True)
    assert len({row.conversation for row in rows}) == len(rows)
    assert {row.latest for row in rows} <= set(found(box, "the"))
    two = search.conversations(box.reader, parse("the"), limit=2, now=NOW, zone=UTC)
    assert two == rows[:2]
    best = search.conversations(
        box.reader, parse("the"), limit=50, order="relevance", now=NOW, zone=UTC
    )
    assert {row.conversation for row in best} == {row.conversation for row in rows}
    assert box.ids.index(best[0].latest) % 11 == 9


def test_dates_narrow(box):
    day = datetime.fromtimestamp(NOON + 5 * DAY, UTC).date().isoformat()
    assert found(box, f"on:{day}") == [box.ids[5]]
    assert found(box, f"after:{day}") == box.ids[5:][::-1]
    assert found(box, f"before:{day}") == box.ids[:5][::-1]
    assert found(box, f"-after:{day}") == box.ids[:5][::-1]
    assert found(box, "after:8d") == [box.ids[32]]


def test_places(box):
    assert found(box, "in:inbox") == box.ids[:20][::-1]
    for name in ("in:projects", "in:work/projects", "label:Projects"):
        assert found(box, name) == box.ids[20:28][::-1]
    assert found(box, "in:sent") == box.ids[28:][::-1]
    assert found(box, "in:trash") == []
    assert found(box, "account:ben@ in:sent") == found(box, "in:sent")
    assert found(box, "lunch in:projects") == [
        i for i in found(box, "lunch") if i in box.ids[20:28]
    ]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("a in:projets", "in:Projects"),
        ("in:inbx", "in:inbox"),
        ("label:inbox", ""),
        ("account:bne@example.org", "account:ben@example.org"),
        ("(a OR label:qqqq)", ""),
    ],
)
def test_an_unknown_place_is_pointed_at(box, text, suggestion):
    with pytest.raises(QuerySyntaxError) as caught:
        found(box, text)
    error = caught.value
    assert error.suggestion == suggestion
    assert text[error.position : error.position + error.length].startswith(
        ("in:", "label:", "account:")
    )


def test_what_is_shown_of_hits(box):
    ids = found(box, "batteries")
    hits = search.results(box.reader, [*ids, 12345])
    assert [hit.id for hit in hits] == ids
    hit = hits[-1]
    assert (hit.account, hit.folder, hit.date) == ("ben@example.org", "INBOX", NOON)
    assert (hit.sender, hit.to) == (CLAIRE, (BEN,))
    assert hit.subject == "Order 48213: 6 of 8 batteries arrived"
    assert hit.unread
    assert hit.thread > 0


def test_what_is_taken_out_is_found_no_more(tmp_path):
    with mailbox(tmp_path) as other:
        ids = other.add(
            [other.arrival(1, digest(text="alpha")), other.arrival(2, digest(text="alpha"))]
        )
        other.writer.run(lambda conn, changes: indexing.unindex(conn, ids[:1]))
        assert search.search(other.reader, parse("alpha"), limit=9, now=NOW) == ids[1:]


LETTERS = st.sampled_from(
    ["the", "lunch", "batteries", "budget", "claire", "meeting", "シート", "ann", "++", "straße"]
)
LEAF = st.one_of(
    st.builds(Text, st.sampled_from(["", "from", "to", "cc", "subject", "body"]), LETTERS),
    st.builds(Is, st.sampled_from(["unread", "read", "starred", "answered", "draft"])),
    st.just(HasAttachment()),
    st.builds(Place, st.just("in"), st.sampled_from(["inbox", "work/projects", "sent", "trash"])),
    st.builds(
        Dated, st.sampled_from(["before", "after"]), st.sampled_from(["10d", "20d", "30d", "50d"])
    ),
    st.builds(Sized, st.sampled_from(["larger", "smaller"]), st.integers(0, 3000)),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=6,
)


def _plain(text):
    text = unicodedata.normalize("NFD", text.casefold())
    return re.sub("[\u0300-\u036f]", "", text)


def fits(box, node, message):
    """The same question asked of the values, one by one; None where the index cannot know."""
    arrival = box.contents[message]
    content = arrival.digest
    match node:
        case Text(_, "++"):
            return None
        case Text(name, text):
            fields = {
                "from": " ".join(content.sender),
                "to": " ".join(" ".join(who) for who in content.to + content.bcc),
                "cc": " ".join(" ".join(who) for who in content.cc),
                "subject": content.subject,
                "body": content.text,
            }
            within = [fields[name]] if name else [*fields.values(), *content.filenames]
            edge = r"\b" if text.isascii() or text == "straße" else ""
            return any(re.search(f"{edge}{_plain(text)}{edge}", _plain(each)) for each in within)
        case Is(state):
            flag = {"starred": Flags.FLAGGED, "answered": Flags.ANSWERED, "draft": Flags.DRAFT}
            held = bool(arrival.flags & flag.get(state, Flags.SEEN))
            return not held if state == "unread" else held
        case HasAttachment():
            return content.attachments > 0
        case Place(_, name):
            return box.where[message] == name
        case Dated(operator, when):
            midnight = NOW // DAY * DAY - int(when[:-1]) * DAY
            return content.date >= midnight if operator == "after" else content.date < midnight
        case Sized(operator, size):
            return (
                (arrival.sealed.size > size) if operator == "larger" else arrival.sealed.size < size
            )
        case Not(inner):
            answer = fits(box, inner, message)
            return None if answer is None else not answer
        case And(nodes) | Or(nodes):
            answers = [fits(box, each, message) for each in nodes]
            known = [answer for answer in answers if answer is not None]
            if not known:
                return None
            return all(known) if isinstance(node, And) else any(known)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(root=TREE, few=st.sampled_from([0, 5, 2000]), window=st.sampled_from([1, 7, 2000]))
def test_every_plan_finds_what_the_values_say(box, monkeypatch_module, root, few, window):
    monkeypatch_module(few, window)
    wanted = [i for i in reversed(box.ids) if fits(box, root, i)]
    assert found(box, write(Query(root)), limit=None) == wanted


@pytest.fixture(scope="module")
def monkeypatch_module():
    """Force each plan on a mailbox this small: thresholds are set for the next search."""
    patch = pytest.MonkeyPatch()

    def force(few, window):
        patch.setattr("missive_desktop.store.search_plan.FEW", few)
        patch.setattr("missive_desktop.store.search._FIRST_WINDOW", window)
        patch.setattr("missive_desktop.store.search._ONE_BY_ONE", few // 2)

    yield force
    patch.undo()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=20))
def test_odd_text_is_searched_or_pointed_at_and_never_fails(box, text):
    try:
        query = parse(text)
    except QuerySyntaxError:
        return
    for order in ("newest", "relevance"):
        try:
            search.search(box.reader, query, limit=5, order=order, now=NOW, zone=UTC)
        except QuerySyntaxError:
            return


def test_people_in_results_have_names(box):
    assert {hit.sender for hit in search.results(box.reader, found(box, "lunch"))} == {ANN}


def search_on_and_on(conn):
    for _ in range(1000):
        search.search(conn, parse("alp* -gamma"), limit=None, now=NOW)


def test_a_search_can_be_stopped(tmp_path):
    """The caller interrupts the connection; the search ends as cancelled, the next one runs."""
    with mailbox(tmp_path) as other:
        other.add([other.arrival(n, digest(text="alpha beta")) for n in range(1, 400)])
        stopped = threading.Event()

        def stop():
            while not stopped.is_set():
                other.reader.interrupt()

        thread = threading.Thread(target=stop)
        thread.start()
        try:
            with pytest.raises(Cancelled):
                search_on_and_on(other.reader)
        finally:
            stopped.set()
            thread.join()
        assert len(search.search(other.reader, parse("alpha"), limit=None, now=NOW)) == 399
