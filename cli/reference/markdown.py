"""How the pages of the reference are written: page, table, code, sentence; and where the repository is."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Undocumented(ValueError):
    """Something has no words of its own; the message says what, and where to write them."""


def page(title: str, said: str, source: str, *parts: str) -> str:
    """A whole page: title, what it is for, which file to change instead of it, and its parts."""
    note = f"<!-- Written by `make reference` from {source}. Change that, not this page. -->"
    return "\n\n".join([f"# {title}", note, said, *parts]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what would end a cell is written so that it does not."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def cell(text: str) -> str:
    """One line, in which a bar does not end the cell and a bracket does not begin a tag."""
    outside = re.split(r"(`[^`]*`)", " ".join(text.split()).replace("|", "\\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in outside)


def code(text: object) -> str:
    """The text as code, or nothing at all."""
    return f"`{text}`" if str(text) else ""


def sentence(text: str) -> str:
    """With a capital at the beginning and a full stop at the end."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
