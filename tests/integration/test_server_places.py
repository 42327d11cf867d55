"""Files in a folder and in S3 (moto's server): the same promises in both."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from missive_server.blobs.opening import open_place
from missive_server.blobs.place import Name, Place, Upload
from missive_server.errors import Trouble

ORG = "00000000-0000-7000-8000-000000000001"
DEVICE = "00000000-0000-7000-8000-000000000002"
OTHER = "00000000-0000-7000-8000-000000000003"
DATA = os.urandom(300_000)
HASH = hashlib.sha256(DATA).hexdigest()
UPLOAD = Upload(ORG, HASH, DEVICE)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """An S3 server with one bucket; credentials stand in the environment, as in earnest."""
    before = dict(os.environ)
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="files")
    client.close()
    yield f"s3://files/missive?endpoint={endpoint}"
    server.stop()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return open_place(str(tmp_path / "files"))
    return open_place(request.getfixturevalue("bucket") + "&region=us-east-1")


async def whole(place: Place, start: int = 0, end: int = len(DATA)) -> bytes:
    return b"".join([chunk async for chunk in place.read(Name(ORG, HASH), start, end)])


async def send(place: Place, upload: Upload, data: bytes, part: int = 100_000) -> None:
    for at in range(0, len(data), part):
        assert await place.arrived(upload) == at
        await place.keep(upload, at, data[at : at + part])


def test_a_file_comes_in_parts_and_is_read_in_parts(place: Place) -> None:
    async def story() -> None:
        await send(place, UPLOAD, DATA)
        assert await place.arrived(UPLOAD) == len(DATA)
        assert await place.finish(UPLOAD)
        assert await place.arrived(UPLOAD) == 0  # nothing lies aside any more
        assert await whole(place) == DATA
        assert await whole(place, 99_999, 200_001) == DATA[99_999:200_001]
        assert await whole(place, 5, 5) == b""
        await place.delete(Name(ORG, HASH))
        await place.delete(Name(ORG, HASH))
        with pytest.raises(Trouble):
            await whole(place)

    asyncio.run(story())


def test_other_bytes_never_become_the_file(place: Place) -> None:
    async def story() -> None:
        await send(place, UPLOAD, DATA[:-1] + bytes([DATA[-1] ^ 1]))
        await send(place, Upload(ORG, HASH, OTHER), DATA)
        assert not await place.finish(UPLOAD)
        assert await place.arrived(UPLOAD) == 0
        assert await place.finish(Upload(ORG, HASH, OTHER))
        await send(place, UPLOAD, b"y" * 100)
        assert not await place.finish(UPLOAD)
        assert await whole(place) == DATA

    asyncio.run(story())


def test_parts_can_be_given_up_and_written_twice(place: Place) -> None:
    async def story() -> None:
        await place.keep(UPLOAD, 0, b"old bytes")
        await place.keep(UPLOAD, 0, DATA[:10])
        await place.keep(UPLOAD, 20, DATA[20:30])
        assert await place.arrived(UPLOAD) == 10
        await place.drop(UPLOAD)
        await place.drop(UPLOAD)
        assert await place.arrived(UPLOAD) == 0
        assert await place.check()

    asyncio.run(story())


def test_a_folder_keeps_nothing_half(tmp_path: Path) -> None:
    async def story() -> None:
        place = open_place(str(tmp_path))
        await send(place, UPLOAD, DATA[:-1])
        assert not await place.finish(UPLOAD)

    asyncio.run(story())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_storage_that_does_not_answer_is_trouble() -> None:
    async def story() -> None:
        place = open_place("s3://files?endpoint=http://127.0.0.1:9")
        assert not await place.check()
        with pytest.raises(Trouble):
            await place.arrived(UPLOAD)

    asyncio.run(story())
