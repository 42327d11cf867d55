"""The server stands alone: without Qt, the desktop's database, mail libraries and keychains."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.servers.missive_server import TeamServer
from tests.servers.team_members import team

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = ("PySide6", "shiboken6", "qasync", "sqlcipher3", "imapclient", "keyring", "lxml")

BLOCKED = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {(*DESKTOP, "missive_desktop")!r}:
            raise ImportError(name + " is not for servers")

sys.meta_path.insert(0, Blocked())
"""


class Bare(TeamServer):
    """Its interpreter refuses all that belongs to the desktop."""

    def command(self, *arguments: str) -> list[str]:
        program = f"{BLOCKED}\nfrom missive_server.__main__ import main\nsys.exit(main())"
        return [sys.executable, "-c", program, *arguments]


def test_it_runs_where_nothing_of_the_desktop_can_be_imported(tmp_path: Path) -> None:
    server = Bare(tmp_path).start()
    made = team(server)
    ana = made.people[0]
    assert ana.mutate(ana.conversation(made.space))[0]["st"] == "ok"
    ana.send_file(made.space, b"sealed")
    command = server.command("admin", "--data", str(server.data), "--json", "list")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [each["id"] for each in json.loads(done.stdout)] == [made.organization.id], done.stderr
    made.close()
    assert server.stop() == 0


def test_every_module_of_it_can_be_imported_there() -> None:
    files = [
        *(ROOT / "src/missive_server").rglob("*.py"),
        *(ROOT / "src/missive_wire").rglob("*.py"),
    ]
    names = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if path.parent.name != "versions"
    ]
    code = f"{BLOCKED}\nimport importlib\nfor name in {names!r}: importlib.import_module(name)"
    code += "\nimport json\nprint(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not {*DESKTOP, "missive_desktop"} & set(json.loads(done.stdout))


def test_none_of_it_stands_in_the_servers_lock() -> None:
    lock = (ROOT / "packaging/server-requirements.lock").read_text()
    names = {name.lower() for name in re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", lock)}
    assert {"starlette", "uvicorn", "msgspec", "pynacl", "argon2-cffi"} <= names
    assert not {name for name in names if name.startswith(("pyside6", "shiboken6", "sqlcipher"))}
    assert not {"imapclient", "keyring", "qasync", "lxml", "pypdfium2"} & names
    whole = (ROOT / "packaging/requirements.lock").read_text()
    versions = dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==(\S+)", whole))
    ours = dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==(\S+)", lock))
    assert {name for name in ours if versions.get(name) != ours[name]} == set()
