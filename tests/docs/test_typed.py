"""Every command that README and docs tell people to type is understood as it stands; the quick ones are run."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.main import get_command

from cli import bench, train
from cli.main import app
from cli.reference.commands import flat
from core import passports
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local.places import free_port
from tests.cli.conftest import Run, run
from tests.core.distribution import world as exchange
from tests.core.leads.world import confirmed
from tests.core.passports.conftest import keep
from tests.docs.written import PAGES, ROOT, SAMPLES, Typed, name_of, typed

__all__ = ["run"]  # a fixture
ROOT_COMMAND = get_command(app)
COMMANDS = flat(ROOT_COMMAND)
GROUPS = {name.split()[0] for name in COMMANDS if " " in name}
NAMES = {"bench": bench.names, "train": lambda: list(train.MODELS)}
# What a page tells to type and a test may: no server of its own, done in a moment.
QUICK = ("config", "dedupe", "doctor", "migrate", "normalize", "openapi", "passport", "retention", "verify", "why")
PEOPLE = """name,email,Company,Telephone
Pat Lee,pat@example.com,Lee & Lee,(702) 555-0142
Pat Lee,PAT@example.com,Lee and Lee,702-555-0142
Sam Roe,sam@example.com,Roe Roofing,
"""


def split(call: Typed) -> tuple[str, list[str]]:
    """The command's name and what is said to it."""
    words = list(call.words)
    name = " ".join(words[:2]) if words[:1] and words[0] in GROUPS else " ".join(words[:1])
    return name, words[len(name.split()) :]


def fault(call: Typed) -> str | None:
    """What the command line itself has against it."""
    name, words = split(call)
    command = ROOT_COMMAND if name.startswith("--") else COMMANDS.get(name)
    words = [name, *words] if command is ROOT_COMMAND else words
    if command is None:
        return None if name in GROUPS and call.mention else "there is no such command"
    # The command line's own options act as soon as they are read: --install-completion would write into somebody's shell.
    if command is ROOT_COMMAND or (call.mention and (not words or words[-1].startswith("--"))):
        known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
        unknown = [word for word in words if word.startswith("--") and word not in known]
        return f"no option {unknown[0]}" if unknown else None
    try:
        context = command.make_context(name, list(words))  # refuses what it does not know; runs nothing
    except SystemExit:
        return None  # --help
    except Exception as error:
        if not hasattr(error, "exit_code"):  # Typer's own errors have one; the classes are not for others
            raise
        return str(getattr(error, "message", error))
    chosen = (
        context.params[next(param.name for param in command.params if param.param_type_name == "argument")]
        if name in NAMES
        else None
    )
    return f"there is no {name} {chosen}" if chosen and chosen not in NAMES[name]() else None


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_are_understood_as_they_stand(path: Path) -> None:
    assert [f"{call.line}: {wrong}" for call in typed("hotleads", path) if (wrong := fault(call))] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_make_knows_how(path: Path) -> None:
    wrong = []
    for call in typed("make", path):
        done = subprocess.run(["make", "-n", *call.words], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            wrong.append(f"{call.line}: {done.stderr.strip()}")
    assert wrong == []


def test_what_is_wrong_is_seen() -> None:
    page = """Text with `make nothing`, `hotleads doctor --json` and `hotleads restore --to ...`.

    .venv/bin/hotleads nothing --there
    HOTLEADS_HOME=/srv hotleads verify --passport  # no file
    hotleads doctor && hotleads bench nonsense

```
hotleads why lead
```
"""
    calls = typed("hotleads", ROOT / "README.md", page)
    assert [call.words for call in calls if not call.mention] == [
        ("nothing", "--there"), ("verify", "--passport"), ("doctor",), ("bench", "nonsense"), ("why", "lead"),
    ]  # fmt: skip
    assert [bool(fault(call)) for call in calls] == [True, True, False, True, True, False, False]
    assert [call.words for call in typed("make", ROOT / "README.md", page)] == [("nothing",)]


def test_quick_commands_do_what_the_pages_say(
    run: Run, database: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, in an empty folder with a file of people and one lead in the database."""
    with transaction() as session:
        world = exchange.a_world(session, utc_now())
        lead = confirmed(session, utc_now(), world.niche)
    keep(utc_now())
    values = {SAMPLES["LEAD"]: str(lead), "K": passports.public_key()}
    monkeypatch.setenv("HOTLEADS_PORT", str(free_port()))
    monkeypatch.chdir(tmp_path)
    calls = [call for path in PAGES if path.name != "CHANGELOG.md" for call in typed("hotleads", path)]
    ready = {call.words for call in calls if call.words[0] in QUICK and not (call.mention and len(call.words) == 1)}
    for name in {words[1] for words in ready if words[0] in ("dedupe", "normalize")}:
        Path(name).write_text(PEOPLE)
    # A passport is written before it is proved.
    in_turn = sorted(ready, key=lambda words: ("--passport" in words, words))
    ran = {words: run(*(values.get(word, word) for word in words)) for words in in_turn}
    assert {name for name in QUICK if not any(words[0] == name for words in ran)} == set()
    assert {words: code for words, code in ran.items() if code} == {}, capsys.readouterr()
