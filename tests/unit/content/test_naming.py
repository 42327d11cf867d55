"""Names in the mail's own space."""

from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import naming


def test_names():
    assert naming.name("a") == "mvx-a"
    assert naming.name("mvx-a") == "mvx-a"
    assert naming.name("mv-off") == "mv-off"
    assert naming.name("mv-other") == "mvx-mv-other"
    assert naming.names(" a  b a ") == "mvx-a mvx-b"
    assert naming.given("mvx-a mvx-b") == "a b"
    assert naming.given("a") == "a"


@given(st.text(max_size=300))
def test_a_name_is_plain_and_stays(text):
    name = naming.name(text)
    assert naming.name(name) == name
    assert name in naming.OWN or name.replace("-", "a").replace("_", "a").isalnum()
    assert naming.names(naming.names(text)) == naming.names(text)
