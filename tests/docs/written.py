"""What README and docs tell people to type: where it stands, and what it is when its placeholders are filled."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "core/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"```[^\n]*\n(.*?)```|^ {4}(.*)$", flags=re.S | re.M)
SPAN = re.compile(r"`([^`\n]+)`")
# A comment, a pipe, a redirection or a second command ends the first one.
ENDS = re.compile(r"(?:^|\s)#.*|\s(?:\||&&|;|>>?)\s")
# Words that stand for a value of the reader's own.
SAMPLES = {"LEAD": "01939c5e-0000-7000-8000-000000000000", "N": "5000"}


@dataclass(frozen=True, slots=True)
class Typed:
    """One command as a page has it: ``line`` for people, ``words`` after the program's name."""

    page: Path
    line: str
    words: tuple[str, ...]
    mention: bool  # named within a sentence, where an option may stand without its value


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def typed(program: str, path: Path, text: str | None = None) -> list[Typed]:
    """Every line of a page that calls ``hotleads`` or ``make``, as it would be typed."""
    text = path.read_text() if text is None else text
    found = list[tuple[str, bool]]()
    for fenced, indented in BLOCK.findall(text):
        # Four spaces also carry on an item of a list: there commands stand in backquotes.
        found += [(line, False) for line in (fenced or indented).splitlines() if fenced or "`" not in line]
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    found += [(line, True) for line in SPAN.findall(prose)]
    lines = [(part.strip(), mention) for line, mention in found for part in ENDS.split(line.replace("<short name>", "NAME"))]
    return [Typed(path, line, words, mention) for line, mention in lines if (words := _words(program, line)) is not None]


def _words(program: str, line: str) -> tuple[str, ...] | None:
    """What follows the program's name, when the line calls it at all."""
    called = re.match(
        rf"(?:[A-Z_]+=\S+ |docker compose (?:\S+ )*exec \S+ |0 1 \* \* \* +)*(?:\.venv/bin/)?{program} (?=[a-z-])", line
    )
    if called is None:
        return None
    words = shlex.split(line[called.end() :])
    return tuple(SAMPLES.get(word, word) for word in words if word != "...")
