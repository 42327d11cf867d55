"""The settings: flags, then MISSIVE_SERVER_* of the environment, then a file in TOML, then what is
usual. Each is checked here, with plain words for what makes no sense; nothing later has to.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from missive_server.errors import UsageError

PREFIX = "MISSIVE_SERVER_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
        raise ValueError(f"a whole number from {least} to {most}")
    return int(text)


def _number(least: int, most: int) -> Callable[[str], int]:
    return lambda text: _whole(text, least, most)


def _size(text: str) -> int:
    """Read "500m" or "20G"."""
    digits = text.rstrip("kKmMgGtT")
    unit = text[len(digits) :].lower()
    if unit not in _SIZES:
        raise ValueError("a size such as 500m or 20g")
    return _whole(digits, 0, 1 << 40) * _SIZES[unit]


def _seconds(text: str) -> int:
    """Read "90", "15m" or "7d"."""
    unit = text[-1:].lower() if text[-1:].isalpha() else ""
    if unit not in _TIMES:
        raise ValueError("a time such as 30s, 15m or 7d")
    return _whole(text[: len(text) - len(unit)], 0, 1 << 32) * _TIMES[unit]


def _some_seconds(text: str) -> int:
    if not (found := _seconds(text)):
        raise ValueError("a time of a second at least")
    return found


def _text(text: str) -> str:
    if "\0" in text or "\n" in text:
        raise ValueError("one line")
    return text


def _folder(text: str) -> Path:
    return Path(_text(text)).expanduser().absolute()


def _file(text: str) -> Path:
    path = _folder(text)
    if not path.is_file():
        raise ValueError("a file that is there")
    return path


def _address(text: str, schemes: tuple[str, ...], example: str) -> str:
    try:
        parts = urlsplit(text)
        ok = parts.scheme in schemes and bool(parts.netloc) and parts.port != 0
    except ValueError:
        ok = False
    if not ok:
        raise ValueError(f"an address such as {example}")
    return text


def _database(text: str) -> str:
    return _address(text, ("postgresql", "postgres"), "postgresql://user@host/name") if text else ""


def _bus(text: str) -> str:
    return _address(text, ("redis", "rediss"), "redis://host:6379") if text else ""


def _public(text: str) -> str:
    if not text:
        return ""
    address = _address(text, ("https", "http"), "https://sync.example.org")
    if urlsplit(address).query or urlsplit(address).fragment:
        raise ValueError("an address without ? and #")
    return address.rstrip("/")


def _blobs(text: str) -> str:
    """A folder, or s3://bucket/prefix?endpoint=…&region=…; credentials come from AWS_* only."""
    if not text.startswith("s3:"):
        return str(_folder(text)) if text else ""
    _address(text, ("s3",), "s3://bucket?endpoint=https://host")
    unknown = parse_qs(urlsplit(text).query).keys() - {"endpoint", "region"}
    if unknown or "@" in urlsplit(text).netloc:
        raise ValueError("an address such as s3://bucket?endpoint=https://host&region=name")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    names = [each.strip() for each in text.split(",") if each.strip()]
    try:
        return tuple(ipaddress.ip_network(name, strict=False) for name in names)
    except ValueError:
        raise ValueError("addresses or networks such as 127.0.0.1,10.0.0.0/8") from None


def _level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("debug, info, warning or error")
    return text.lower()


def _setting(read: Callable[[str], Any], usual: str, words: str) -> Any:
    return field(default_factory=lambda: read(usual), metadata={"read": read, "words": words})


# `_setting` is `field` with words.
# ruff: noqa: RUF009
@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings, checked. The name of a flag is that of the field with dashes."""

    host: str = _setting(_text, "127.0.0.1", "address to listen at")
    port: int = _setting(_number(0, 65_535), "8642", "port to listen at; 0: a free one")
    data: Path = _setting(_folder, "missive-data", "folder of the database and the blobs")
    database: str = _setting(_database, "", "postgresql://… instead of SQLite in the data folder")
    bus: str = _setting(_bus, "", "redis://… that connects several nodes")
    blobs: str = _setting(_blobs, "", "folder or s3://bucket?endpoint=… for files")
    cert: Path | None = _setting(lambda t: _file(t) if t else None, "", "certificate chain in PEM")
    key: Path | None = _setting(lambda t: _file(t) if t else None, "", "its private key in PEM")
    trusted_proxy: tuple[Network, ...] = _setting(
        _networks, "", "whose X-Forwarded-For and -Proto are believed"
    )
    public_url: str = _setting(_public, "", "address that people reach the server at")
    metrics_token: str = _setting(_text, "", "asked of those who read /metrics from elsewhere")
    log_level: str = _setting(_level, "info", "debug, info, warning or error")
    connections: int = _setting(_number(1, 1_000_000), "10000", "connections at a time")
    connections_per_address: int = _setting(
        _number(1, 1_000_000), "500", "connections at a time from one address"
    )
    request_timeout: int = _setting(
        _some_seconds, "15s", "how long a request may take to arrive, and more for a large one"
    )
    rate: int = _setting(_number(1, 1_000_000), "600", "requests per user in ten seconds")
    rate_unknown: int = _setting(
        _number(1, 1_000_000), "60", "requests in ten seconds from an address not signed in"
    )
    quota: int = _setting(_size, "100g", "bytes of files that one organization may keep")
    checkpoint_every: int = _setting(
        _some_seconds, "60s", "how often the trail of what was done is signed"
    )
    blob_grace: int = _setting(_seconds, "7d", "how long a file that nothing names is kept")
    stop_timeout: int = _setting(_seconds, "20s", "how long a stop waits for running requests")

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise UsageError("cert and key belong together: give both or neither.")

    @property
    def blob_place(self) -> str:
        return self.blobs or str(self.data / "blobs")


def options() -> dict[str, str]:
    """Return the name of each setting with words for the help."""
    return {each.name: each.metadata["words"] for each in fields(Config)}


def read(
    flags: Mapping[str, str | None], environment: Mapping[str, str], file: Path | None = None
) -> Config:
    """Put the settings together; UsageError says which one makes no sense."""
    names = options()
    chosen = _from_file(file) if file else {}
    chosen |= {n: environment[v] for n in names if (v := PREFIX + n.upper()) in environment}
    chosen |= {n: given for n in names if (given := flags.get(n)) is not None}
    values: dict[str, Any] = {}
    for each in fields(Config):
        if each.name in chosen:
            try:
                values[each.name] = each.metadata["read"](chosen[each.name])
            except ValueError as wrong:
                raise UsageError(f"{each.name.replace('_', '-')} must be {wrong}.") from None
    return Config(**values)


def _from_file(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(f"The settings file {path} cannot be read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UsageError(f"The settings file {path} is not TOML.") from None
    found = {name.replace("-", "_"): value for name, value in table.items()}
    unknown = sorted(found.keys() - options().keys())
    if unknown:
        raise UsageError(f"The settings file has {unknown[0]}, which is no setting.")
    for name, value in found.items():
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[name] = ",".join(value)
        elif isinstance(value, bool) or not isinstance(value, str | int):
            raise UsageError(f"{name.replace('_', '-')} must be text or a number.")
    return {name: str(value) for name, value in found.items()}
