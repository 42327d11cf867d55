"""Pack files: sealing, rolling over, unfinished tails, and what damage does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from missive_desktop.errors import DiskTrouble
from missive_desktop.store import packs
from missive_desktop.store.packs import PackWriter

TEXT = b"A cup of marmalade tea. " * 100


def test_what_is_sealed_can_be_read_and_nothing_else_can(tmp_path):
    writer = PackWriter(tmp_path)
    one, two = writer.append(TEXT), writer.append(b"")
    writer.close()
    assert packs.read(tmp_path, one) == TEXT
    assert packs.read(tmp_path, two) == b""
    assert b"marmalade" not in packs.path(tmp_path, one.pack).read_bytes()


def test_every_record_has_a_key_of_its_own(tmp_path):
    writer = PackWriter(tmp_path)
    sealed = [writer.append(TEXT) for _ in range(20)]
    writer.close()
    assert len({record.key for record in sealed}) == 20
    bodies = {packs.read_sealed(tmp_path, record) for record in sealed}
    assert len(bodies) == 20


def test_a_pointer_to_anothers_record_opens_nothing(tmp_path):
    writer = PackWriter(tmp_path)
    one, two = writer.append(b"one" * 50), writer.append(b"two" * 50)
    writer.close()
    with pytest.raises(DiskTrouble, match="damaged"):
        packs.read(tmp_path, one._replace(position=two.position, length=two.length))


@pytest.mark.parametrize("where", [0, 10, -1])
def test_a_changed_byte_is_noticed(tmp_path, where):
    writer = PackWriter(tmp_path)
    sealed = writer.append(TEXT)
    writer.close()
    file = packs.path(tmp_path, sealed.pack)
    body = bytearray(file.read_bytes())
    body[where] ^= 1
    file.write_bytes(body)
    with pytest.raises(DiskTrouble, match="damaged"):
        packs.read(tmp_path, sealed)


def test_a_record_that_is_cut_or_gone_is_damaged_not_a_crash(tmp_path):
    writer = PackWriter(tmp_path)
    sealed = writer.append(TEXT)
    writer.close()
    file = packs.path(tmp_path, sealed.pack)
    os.truncate(file, sealed.length - 1)
    with pytest.raises(DiskTrouble, match="damaged"):
        packs.read(tmp_path, sealed)
    file.unlink()
    with pytest.raises(DiskTrouble, match="damaged"):
        packs.read(tmp_path, sealed)


def test_a_full_pack_is_rolled_over(tmp_path):
    writer = PackWriter(tmp_path, roll=10_000)
    content = [os.urandom(3_000) for _ in range(20)]
    sealed = [writer.append(raw) for raw in content]
    writer.close()
    assert len({record.pack for record in sealed}) == 5
    assert [packs.read(tmp_path, record) for record in sealed] == content


def test_writers_of_one_time_have_packs_of_their_own(tmp_path):
    first, second = PackWriter(tmp_path), PackWriter(tmp_path)
    one, two = first.append(b"one"), second.append(b"two")
    assert one.pack != two.pack
    first.close()
    third = PackWriter(tmp_path)
    three = third.append(b"three")
    assert three.pack == one.pack  # goes on with what nobody writes to
    assert three.position == one.length
    second.close()
    third.close()
    assert packs.read(tmp_path, one) == b"one"
    assert packs.read(tmp_path, three) == b"three"


def test_a_large_message_goes_in_and_out(tmp_path):
    writer = PackWriter(tmp_path)
    raw = os.urandom(1 << 20) * 20
    sealed = writer.append(raw)
    writer.close()
    assert packs.read(tmp_path, sealed) == raw


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes")
def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    script = """
import os, resource, signal, sys
from pathlib import Path
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import packs
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
directory = Path(sys.argv[1])
writer = packs.PackWriter(directory)
first = writer.append(os.urandom(15_000))
for _ in range(2):
    try:
        writer.append(os.urandom(15_000))
    except DiskTrouble:
        pass
    else:
        sys.exit("no error")
assert packs.path(directory, first.pack).stat().st_size == first.length
small = writer.append(b"small")
writer.close()
assert packs.read(directory, small) == b"small"
assert len(packs.read(directory, first)) == 15_000
"""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_folder_that_is_gone_is_disk_trouble(tmp_path):
    with pytest.raises(DiskTrouble):
        PackWriter(tmp_path / "nowhere").append(b"x")


def test_what_has_no_rows_is_given_back(tmp_path):
    first = PackWriter(tmp_path)
    others = first.append(b"another writer's")
    first.close()
    writer = PackWriter(tmp_path)
    before = writer.mark()
    writer.append(b"never committed" * 100)
    writer.give_back(before)  # taken before the pack was opened: only what is ours goes
    assert packs.path(tmp_path, 1).stat().st_size == others.length
    kept = writer.append(b"kept")
    mark = writer.mark()
    writer.append(b"never committed" * 100)
    writer.give_back(mark)
    again = writer.append(b"again")
    writer.close()
    assert again.position == kept.position + kept.length
    contents = [packs.read(tmp_path, sealed) for sealed in (others, kept, again)]
    assert contents == [b"another writer's", b"kept", b"again"]
