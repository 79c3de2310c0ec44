"""What README and docs point at is there: files, places in them, commands and their options, make targets."""

import re
from functools import lru_cache
from pathlib import Path

import pytest
from typer.main import get_command

from cli.main import app
from cli.reference.commands import flat

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "core/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
CALLED = re.compile(r"(?:^|[`(\s]|\.venv/bin/)hotleads ([a-z][a-z-]+)((?: (?:--?[a-z][a-z-]*|[A-Za-z0-9_./=:-]+))*)")
MADE = re.compile(r"(?:^ {4}|`)make ([a-z]+)", re.M)
COMMANDS = flat(get_command(app))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.S))


def code_of(text: str) -> str:
    """Code alone: fences, indented blocks and spans."""
    blocks = re.findall(r"```.*?```|^ {4}.*$|`[^`\n]+`", text, flags=re.S | re.M)
    return "\n".join(blocks)


@lru_cache
def anchors(path: Path) -> frozenset[str]:
    """The places in a page, named as MkDocs and code hosts name them."""
    heads = re.findall(r"(?m)^#+ (.+)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.S))
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", head).strip().lower() for head in heads)
    return frozenset(re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head)) for head in plain)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for target, place in LINK.findall(without_code(path.read_text())):
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (place and file.suffix == ".md" and place not in anchors(file)):
            lost.append(f"{target}#{place}" if place else target)
    assert not lost, f"{name_of(path)} points at what is not there: {lost}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_exist_with_their_options(path: Path) -> None:
    wrong = []
    for name, rest in CALLED.findall(code_of(path.read_text())):
        command = COMMANDS.get(name) or COMMANDS.get(f"{name} {(rest.split() or [''])[0]}")
        if command is None and any(known.startswith(f"{name} ") for known in COMMANDS):
            continue  # the name of a group
        if command is None:
            wrong.append(f"hotleads {name}")
        else:
            known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
            wrong += [f"hotleads {name} {option}" for option in re.findall(r"(?<=\s)--[a-z-]+", rest) if option not in known]
    assert not wrong, f"{name_of(path)} tells of {wrong}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert set(MADE.findall(path.read_text())) <= targets


def test_every_target_has_words() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    assert targets == set(re.findall(r"(?m)^([a-z-]+):.*## \w", makefile))
    phony = re.search(r"(?m)^\.PHONY: (.*)$", makefile)
    assert phony and set(phony[1].split()) == targets


def test_the_reader_of_commands_sees_what_is_written() -> None:
    text = "    .venv/bin/hotleads nothing --there\n\nText with `hotleads doctor --json` and `make run`."
    found = CALLED.findall(code_of(text))
    assert found == [("nothing", " --there"), ("doctor", " --json")] and MADE.findall(text) == ["run"]
