"""Help that people can learn from: every command has examples that can be typed as they stand, and completion works."""

import shlex

import pytest
from typer.main import get_command

from cli.examples import EXAMPLES
from cli.main import app
from cli.panels import PANELS
from cli.reference.commands import flat
from tests.cli.conftest import Run

COMMANDS = flat(get_command(app))


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    assert all((command.epilog or "").startswith("Example") for command in COMMANDS.values())


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_are_understood(line: str) -> None:
    name = next(name for name, lines in EXAMPLES.items() if line in lines)
    assert line.startswith(f"hotleads {name}")
    words = shlex.split(line)[1 + len(name.split()) :]
    context = COMMANDS[name].make_context(name, words)  # refuses unknown options and missing arguments; runs nothing
    assert context.info_name == name and context.params.keys() >= {
        param.name for param in COMMANDS[name].params if param.required
    }


def test_every_command_has_its_place(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert {name.split()[0] for name in COMMANDS} == {name for names in PANELS.values() for name in names}
    assert run("--help") == 0
    said = capsys.readouterr().out
    assert all(panel in said for panel in PANELS) and "Exit codes: 0" in said


def test_help_shows_them(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", "--help") == 0
    assert "hotleads restore --to /srv/second --at latest" in capsys.readouterr().out


@pytest.mark.parametrize(("typed", "offered"), [("hotleads ver", "verify"), ("hotleads backup --lo", "--logical")])
def test_a_shell_can_complete_commands_and_options(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, offered: str
) -> None:
    monkeypatch.setenv("_HOTLEADS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    run()
    assert offered in capsys.readouterr().out.split()
