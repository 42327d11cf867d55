"""Settings: where they come from, and what is said of those that make no sense."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_server import config
from missive_server.errors import UsageError


def test_flags_come_before_the_environment_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('port = 1\nhost = "::1"\nrate = 7\ntrusted-proxy = ["10.0.0.0/8", "::1"]\n')
    found = config.read(
        {"port": "3", "host": None},
        {"MISSIVE_SERVER_PORT": "2", "MISSIVE_SERVER_HOST": "0.0.0.0"},
        file,
    )
    assert (found.port, found.host, found.rate) == (3, "0.0.0.0", 7)
    assert [str(each) for each in found.trusted_proxy] == ["10.0.0.0/8", "::1/128"]


def test_nothing_has_to_be_set() -> None:
    found = config.read({}, {})
    assert found.blob_place == str(found.data / "blobs")
    assert (found.host, found.database, found.bus) == ("127.0.0.1", "", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("port", "٣"),
        ("database", "mysql://host/db"),
        ("database", "postgresql://host:notaport/db"),
        ("bus", "nats://host"),
        ("blobs", "s3://"),
        ("blobs", "s3://bucket?secret=x"),
        ("blobs", "s3://key:secret@bucket"),
        ("public_url", "sync.example.org"),
        ("public_url", "https://sync.example.org/?a=b"),
        ("trusted_proxy", "proxy.example.org"),
        ("quota", "20 apples"),
        ("blob_grace", "5 weeks"),
        ("checkpoint_every", "0s"),
        ("request_timeout", "0"),
        ("log_level", "loud"),
        ("rate", "0"),
        ("cert", "/there/is/no/such/file.pem"),
    ],
)
def test_what_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError) as raised:
        config.read({name: value}, {})
    assert str(raised.value).startswith(f"{name.replace('_', '-')} must be ")


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").touch()
    with pytest.raises(UsageError, match="belong together"):
        config.read({"cert": str(tmp_path / "cert.pem")}, {})


@pytest.mark.parametrize(
    "text", ["port = ", "\udcff", "colour = 1", "port = true", "port = 1.5", "[port]\na = 1"]
)
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError):
        config.read({}, {}, file)
    with pytest.raises(UsageError, match="cannot be read"):
        config.read({}, {}, tmp_path / "none.toml")


@given(st.sampled_from(sorted(config.options())), st.text(max_size=40))
def test_any_text_is_taken_or_refused_in_words(name: str, value: str) -> None:
    with suppress(UsageError):
        config.read({name: value}, {})


def test_sizes_and_times() -> None:
    found = config.read({"quota": "20G", "blob_grace": "15m", "stop_timeout": "90"}, {})
    assert (found.quota, found.blob_grace, found.stop_timeout) == (20 << 30, 900, 90)
