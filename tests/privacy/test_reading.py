"""A reader's way through remote images in the real window: shown once, always, fetched ahead, and
what fails. The whole program runs in a network where everything is heard."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.privacy import namespace
from tests.privacy.canary import label
from tests.privacy.reading import GONE, GOOD, LATER, LEADS_ON, PIXEL, SLOW, TARGET, TO_TRACKER

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a reader saw after each step, and who was heard until then."""
    if why := namespace.reason():
        pytest.skip(why)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QTWEBENGINE")}
    environment |= {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "TMPDIR": str(tmp_path_factory.mktemp("reading")),
    }
    done = subprocess.run(
        namespace.command([sys.executable, "-m", "tests.privacy.reading"]), env=environment,
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def hosts(step):
    """Return who was asked for an image, and assert that nobody else was heard."""
    heard = dict(step["heard"])
    assert heard.pop("other") == []
    return sorted(heard)


def test_to_open_a_mail_tells_nobody(seen):
    assert "1 image not loaded" in seen["opened"]["text"]
    assert hosts(seen["opened"]) == []
    assert seen["opened"]["images"] == []


def test_images_are_shown_once_and_trackers_are_not_asked(seen):
    assert hosts(seen["once"]) == [label(GOOD)]
    assert seen["once"]["images"] == [300]
    assert "2 trackers still blocked" in seen["once"]["text"]
    assert label(PIXEL) not in seen["once"]["heard"]


def test_a_sender_who_is_always_shown_learns_nothing_when_the_next_mail_is_opened(seen):
    assert hosts(seen["always"]) == [label(TARGET)]
    assert seen["always"]["images"] == [120]
    assert hosts(seen["ahead"]) == [label(LATER)]
    assert hosts(seen["opened later"]) == []
    assert seen["opened later"]["images"] == [200]


def test_what_fails_is_said_and_what_comes_is_shown(seen):
    asked = {*hosts(seen["loading"]), *hosts(seen["trouble"])}
    assert sorted(asked) == sorted(label(n) for n in (GONE, LEADS_ON, TARGET, TO_TRACKER, SLOW))
    assert seen["loading"]["images"] == []
    text = seen["trouble"]["text"]
    assert seen["trouble"]["images"] == [120, 90]
    assert "2 images loaded for you · 2 images not loaded" in text
    assert "One is no longer there." in text
    assert "One belongs to a tracker." in text
    assert "Try again" in text


def test_the_reader_keeps_the_place_when_images_arrive(seen):
    before, after = seen["kept place"]
    assert abs(before - after) <= 2
