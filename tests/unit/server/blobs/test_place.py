"""Names of files, and which parts count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_server.blobs.place import Name, Upload, from_front, is_hash

ORG = "00000000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "hash_", ["", "..", "../" * 22, "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "/" + "a" * 63]
)
def test_no_name_leads_elsewhere(hash_: str) -> None:
    assert not is_hash(hash_)
    with pytest.raises(ValueError, match="not the name"):
        Name(ORG, hash_).path()
    with pytest.raises(ValueError, match="not the name"):
        Upload(ORG, hash_, ORG).path()
    with pytest.raises(ValueError, match="not the name"):
        Upload(ORG, "a" * 64, "../x").path()


def test_two_levels_of_folders() -> None:
    hash_ = "abcd" + "0" * 60
    assert Name(ORG, hash_).path() == f"{ORG}/ab/cd/{hash_}"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20))))
def test_parts_count_up_to_the_first_gap(parts: list[tuple[int, int]]) -> None:
    end = 0
    for begin, size in from_front(parts):
        assert begin == end
        assert (begin, size) in parts
        end += size
