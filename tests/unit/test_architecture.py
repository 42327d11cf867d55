"""The house rules that no linter knows: how long files and functions may be, what lies where."""

import ast
import itertools
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULES = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py")])

FILE_LINES = 500
FUNCTION_LINES = 60
CLASS_METHODS = 30
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "core", "manager", "base", "misc"}


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= FILE_LINES
    tree = ast.parse(source)
    long = {f.name: n for f in functions(tree) if (n := f.end_lineno - f.lineno) > FUNCTION_LINES}
    assert long == {}
    large = {
        c.name: n
        for c in ast.walk(tree)
        if isinstance(c, ast.ClassDef)
        and (n := sum(isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef) for m in c.body))
        > CLASS_METHODS
    }
    assert large == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_say_what_they_own_and_are_named_for_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert path.stem not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_module_keeps_to_itself_it_uses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    kept = set(re.findall(r"(?m)^(?:(?:async )?def |class )?(_[A-Za-z]\w*)\b(?=[(:= ])", source))
    assert {name for name in kept if len(re.findall(rf"\b{name}\b", source)) == 1} == set()


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *itertools.chain(*project["optional-dependencies"].values()),
    ]
    declared = {_plain(re.split(r"[\[<>=; ]", each)[0]) for each in wanted}
    imported: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    imported -= sys.stdlib_module_names | {path.name for path in (ROOT / "src").iterdir()}
    owners = metadata.packages_distributions()
    assert {
        name for name in imported if not declared & {_plain(owner) for owner in owners[name]}
    } == set()


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_readme_names_every_package() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    packages = {p.parent.name for p in SOURCES if p.name == "__init__.py"}
    assert {name for name in packages if f"{name}" not in readme} == set()


def test_the_readme_points_at_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [to for to in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in to]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
    section = readme.partition("\n## Architecture")[2].partition("\n## ")[0]
    assert section.count("\n") <= 100


def test_the_top_level_holds_only_what_belongs_there() -> None:
    allowed = {
        ".ci", ".git", ".gitignore", ".venv", "LICENSE", "Makefile", "README.md", "packaging",
        "pyproject.toml", "resources", "src", "tests", "ui",
        ".hypothesis", ".mypy_cache", ".ruff_cache",
    }  # fmt: skip
    assert {p.name for p in ROOT.iterdir()} <= allowed


def test_soak_runs_all_that_can_run_longer() -> None:
    soak = (
        (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nsoak:")[2].partition("\n\n")[0]
    )
    named = set(re.findall(r"tests/\S+\.py", soak))
    rolls = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"(?m)^from tests\.servers\.soak ", path.read_text(encoding="utf-8"))
    }
    assert named == rolls


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_shapes_are_learned_in_one_place(path: Path) -> None:
    """Two threads that read the same struct for the first time end the process."""
    if path.name == "shapes.py":
        return
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call):
            name, given = ast.unparse(call.func), {each.arg for each in call.keywords}
            assert name not in (
                "msgspec.convert",
                "msgspec.json.Decoder",
                "msgspec.msgpack.Decoder",
            )
            assert not (name.startswith("msgspec.") and name.endswith("decode") and "type" in given)
