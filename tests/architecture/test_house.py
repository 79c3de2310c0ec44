"""The house rules that a reader relies on, checked over the whole tree: each rule one test, which names all that breaks it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("cli", "core", "dashboard", "demo", "intake_api", "jobs", "ml")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts]


def tree_of(path: Path) -> ast.Module:  # not kept: a million nodes would be looked through by each later collection of garbage
    return ast.parse(path.read_text())


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


def test_files_stay_readable() -> None:
    long = {name_of(path): size for path in sources(*PACKAGES, "tests") if (size := path.read_text().count("\n")) > LONGEST_FILE}
    assert not long, f"longer than {LONGEST_FILE} lines, split them: {long}"


def test_functions_stay_readable() -> None:
    long = [
        f"{name_of(path)}: {node.name} ({size} lines)"
        for path in sources(*PACKAGES, "tests")
        for node in functions(tree_of(path))
        if (size := own_lines(node)) > LONGEST_FUNCTION
    ]
    assert not long, f"a function reads as a recipe of at most {LONGEST_FUNCTION} lines: {long}"


def test_core_never_commits() -> None:
    commits = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("core", "ml")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}
    ]
    assert not commits, f"transactions open and end at the edges only (house rule 2): {commits}"


def test_chapters_meet_at_their_front_door() -> None:
    """A chapter imports another chapter's ``__init__``, never its rooms (kit and the list of tables excepted)."""
    rooms = [
        f"{name_of(path)}:{node.lineno} imports {node.module}"
        for path in sources("core")
        if path.name != "tables.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and is_anothers_room(node.module or "", path.relative_to(ROOT).parts[1])
    ]
    assert not rooms, f"import the chapter instead: {rooms}"


def is_anothers_room(module: str, own: str) -> bool:
    parts = module.split(".")
    return parts[0] == "core" and len(parts) > 2 and parts[1] not in {own, "kit"}


def test_pages_hold_no_sql() -> None:
    imported = [
        f"{name_of(path)} imports {module}"
        for path in sources("dashboard")
        for node in ast.walk(tree_of(path))
        for module in ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                       else [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        if module.split(".")[0] in {"sqlalchemy", "psycopg"}
    ]  # fmt: skip
    assert not imported


def test_names_say_what_they_hold() -> None:
    vague = {"utils", "helpers", "manager", "service", "common", "misc"}
    assert not [name_of(path) for path in sources(*PACKAGES) if path.stem in vague]


def test_every_chapter_says_what_it_is_for() -> None:
    for chapter in sorted((ROOT / "core").iterdir()):
        if (chapter / "__init__.py").exists():
            doc = ast.get_docstring(ast.parse((chapter / "__init__.py").read_text())) or ""
            assert len(doc) > 40, f"core/{chapter.name}/__init__.py: say in three lines what the chapter is for"
            assert chapter.name in (ROOT / "core" / "README.md").read_text(), f"core/README.md does not mention {chapter.name}/"
