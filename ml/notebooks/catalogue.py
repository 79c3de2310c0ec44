"""The notebooks of the folder, and what can be set in each: read from its cell of parameters, never executed.

A line such as ``leads = 6000  # 300 to 20000: Leads to make up. More take longer.`` is a whole number with bounds, what it is
called, and a word of help; ``source = "world"  # world (made up) | exchange: ...`` a choice; ``log = False`` a switch.
"""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import advice
from core.advice.notebooks import NotebookRun
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.errors import Invalid, NotFound

Value = bool | int | str
_CHOICE = r"\w+(?: \([^()]*\))?"
_LINE = re.compile(
    rf"^(\w+) = .*?(?:  # (?:(?P<low>-?\d+) to (?P<high>-?\d+)|(?P<choices>{_CHOICE}(?: \| {_CHOICE})+))?:? ?(?P<help>.*))?$"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that can be set: a switch, a whole number from ``low`` to ``high``, or one of ``choices``, each in ``words``."""

    name: str
    default: Value
    help: str = ""
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    title: str = ""

    @property
    def label(self) -> str:
        """What it is called; without a title its name as words."""
        return self.title or self.name.replace("_", " ").capitalize()

    def told(self, value: object) -> str:
        """A value as people read it: ``on``, ``6,000``, ``A made-up exchange``."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, int):
            return f"{value:,}"
        return dict(zip(self.choices, self.words, strict=True)).get(str(value), str(value))

    def checked(self, value: object) -> Value:
        """The value, if it is allowed; raises ``Invalid`` in words."""
        fits = isinstance(value, type(self.default)) and isinstance(value, bool) == isinstance(self.default, bool)
        if fits and isinstance(value, str):
            fits = value in self.choices
        elif fits and isinstance(value, int) and not isinstance(value, bool):
            fits = (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        if not fits:
            raise Invalid("notebook.parameter", f"{self.label} must be {self._range()}.", fields={self.name: self._range()})
        assert isinstance(value, bool | int | str)
        return value

    def _range(self) -> str:
        if isinstance(self.default, bool):
            return "on or off"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return f"a whole number from {self.low} to {self.high}" if self.low is not None else "a whole number"


@dataclass(frozen=True, slots=True)
class Book:
    """A notebook: its name (that of the file), what it asks, what it says of itself, and what can be set."""

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    cells: int
    path: Path

    def told(self, values: Mapping[str, object]) -> str:
        """What was set, in words; what the notebook no longer knows goes by its name."""
        known = {each.name: each for each in self.parameters}
        asked = [(known.get(name) or Parameter(name, 0), value) for name, value in values.items()]
        return " · ".join(f"{each.label}: {each.told(value)}" for each, value in asked)


def books() -> list[Book]:
    """Every notebook of the folder in force, by name; none when there is no folder."""
    folder = settings().notebooks or Path(__file__).parent.parent.parent / "notebooks"
    return [_read(path) for path in sorted(folder.glob("*.ipynb"))]


def book(name: str) -> Book:
    """One notebook; raises ``NotFound``."""
    for each in books():
        if each.name == name:
            return each
    raise NotFound("notebook.unknown", "There is no such notebook here. Reload the page to see which there are.")


def ask(session: Session, *, actor: Actor, notebook: str, parameters: Mapping[str, object], now: datetime) -> NotebookRun:
    """Have a worker run a notebook with these parameters, the others as they stand in it; for admins and scientists.

    Raises ``NotFound``, or ``Invalid`` for a parameter that it does not have or a value that does not fit.
    """
    chosen = book(notebook)
    known = {each.name: each for each in chosen.parameters}
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise Invalid("notebook.parameter", f"{chosen.title} has nothing named {unknown[0]} to set.")
    values = {name: each.checked(parameters.get(name, each.default)) for name, each in known.items()}
    return advice.notebooks.request(
        session, actor=actor, notebook=notebook, title=chosen.title, parameters=values, cells=chosen.cells, now=now
    )


def _read(path: Path) -> Book:
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    opening, _, about = "".join(cells[0]["source"]).partition("\n")
    settable = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    parameters = _parameters("".join(settable[0]["source"])) if settable else ()
    return Book(path.stem, opening.lstrip("# ").strip(), about.strip(), parameters, len(cells) + 1, path)


def _parameters(source: str) -> tuple[Parameter, ...]:
    lines = source.splitlines()
    found = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            default = ast.literal_eval(statement.value)
            said = _LINE.match(lines[statement.lineno - 1])
            assert said is not None, "an assignment of one name matches"
            found.append(_parameter(statement.targets[0].id, default, said.groupdict()))
    return tuple(found)


def _parameter(name: str, default: Value, said: Mapping[str, str | None]) -> Parameter:
    """A help of more than one sentence begins with what the thing is called."""
    low, high = (int(bound) if bound else None for bound in (said["low"], said["high"]))
    offered = [each.partition(" (") for each in (said["choices"] or "").split(" | ") if each]
    choices = tuple(choice for choice, _, _ in offered)
    words = tuple(meant.removesuffix(")") or choice for choice, _, meant in offered)
    title, _, more = (said["help"] or "").strip().partition(". ")
    return Parameter(name, default, more or title, low, high, choices, _capital(words), title if more else "")


def _capital(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each[:1].upper() + each[1:] for each in words)
