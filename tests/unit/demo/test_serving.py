import pytest

from missive_desktop.demo import serving
from missive_desktop.errors import KnownError


def test_the_server_needs_all_of_its_packages():
    assert serving.is_installed()
    assert not serving.is_installed((*serving.NEEDED, "a_package_that_is_missing"))


def test_a_server_that_does_not_start_is_told(tmp_path):
    process = serving.begin(tmp_path, "Halden", "this is no address")
    with pytest.raises(KnownError, match="did not start"):
        serving.answering(process)
    serving.end(process)
