"""The house rules that a reader relies on, checked over the whole tree."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("cli", "core", "dashboard", "demo", "intake_api", "jobs", "ml")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without those of the functions inside it, which are counted for themselves."""
    inner = sum(lines(part) for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
    return lines(node) - inner


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_arrows_point_one_way() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "kept" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("path", sources(*PACKAGES, "tests"), ids=name_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE, f"{name_of(path)} is longer than {LONGEST_FILE} lines: split it"
    long = [f"{node.name} ({size} lines)" for node in functions(ast.parse(text)) if (size := own_lines(node)) > LONGEST_FUNCTION]
    assert not long, f"{name_of(path)}: {long} should read as a recipe of at most {LONGEST_FUNCTION} lines"


@pytest.mark.parametrize("path", sources("core", "ml"), ids=name_of)
def test_core_never_commits(path: Path) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"commit", "rollback"}, "transactions open and end at the edges only (house rule 2)"


@pytest.mark.parametrize("path", sources("core"), ids=name_of)
def test_chapters_meet_at_their_front_door(path: Path) -> None:
    """A chapter imports another chapter's ``__init__``, never its rooms (kit and the list of tables excepted)."""
    if path.name == "tables.py":
        return
    own = path.relative_to(ROOT).parts[1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("core."):
            parts = node.module.split(".")
            if parts[1] not in {own, "kit"}:
                assert len(parts) == 2, f"{name_of(path)}:{node.lineno} imports {node.module}; import core.{parts[1]} instead"


@pytest.mark.parametrize("path", sources("dashboard"), ids=name_of)
def test_pages_hold_no_sql(path: Path) -> None:
    imported = {
        alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not [name for name in imported if name.startswith(("sqlalchemy", "psycopg"))]


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name_of)
def test_names_say_what_they_hold(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "manager", "service", "common", "misc"}


def test_every_chapter_says_what_it_is_for() -> None:
    for chapter in sorted((ROOT / "core").iterdir()):
        if (chapter / "__init__.py").exists():
            doc = ast.get_docstring(ast.parse((chapter / "__init__.py").read_text())) or ""
            assert len(doc) > 40, f"core/{chapter.name}/__init__.py: say in three lines what the chapter is for"
            assert chapter.name in (ROOT / "core" / "README.md").read_text(), f"core/README.md does not mention {chapter.name}/"
