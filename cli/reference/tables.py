"""Tables and columns, from the SQL of the migrations and the words in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import core.tables  # noqa: F401  so that the classes can be asked for their words
from cli.reference.markdown import ROOT, Undocumented, code, page, sentence, table
from core.kit.db import Base

FOLDER = ROOT / "core" / "kit" / "migrations" / "first_release"
_TABLE = re.compile(
    r"((?:^--[^\n]*\n)*)^create (?:unlogged )?table (\w+) \([ \t]*(?:--([^\n]*))?(.*?)\)"
    r"(?: with \([^;]*\)| partition by [^;]*)?;$",
    re.M | re.S,
)
_ADDED = re.compile(r"alter table (\w+) add (?:column )?(?!constraint)(\w+) ([^;]+);")
_NO_COLUMN = {"check", "unique", "primary", "foreign", "constraint", "exclude"}
_ENDS_TYPE = re.compile(r"\s+(?:not null|null|default|primary|unique|check|references|generated|collate)\b.*", re.S)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the migration writes it, with the comment on its line."""

    name: str
    written: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the file that makes it, what is said above it, and its columns."""

    name: str
    file: str
    words: str
    columns: list[Column] = field(default_factory=list)


def tables_page() -> str:
    """Every table by chapter; raises ``Undocumented``."""
    known, classes = tables(), {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    files = sorted({each.file for each in known})
    parts = []
    for file in files:
        parts.append(f"## {file[:-4].split('_', 1)[1].replace('_', ' ').capitalize()}\n\nMade by `{file}`.")
        parts += [
            section(each, (classes[each.name].__doc__ or "") if each.name in classes else "")
            for each in known
            if each.file == file
        ]
    return page(
        "Tables",
        f"The {len(known)} tables of the database, by the file in `core/kit/migrations/first_release/` that makes them. What a "
        "rule forbids, the database refuses as well: the checks stand in those files.",
        "core/kit/migrations/first_release/ and the classes' docstrings",
        *parts,
    )


def section(of: Table, docstring: str) -> str:
    """One table: what a row is, and its columns; the class says it best, else the comment above the table."""
    words = docstring.split("\n\n")[0].replace("``", "`") or of.words
    if not words.strip():
        raise Undocumented(f"table {of.name}: write a comment above it in {of.file}, or a docstring in its class")
    rows = [
        (code(each.name), code(kind(each.written)), "" if required(each.written) else "yes", about(each)) for each in of.columns
    ]
    return f"### {of.name}\n\n{sentence(words)}\n\n" + table(("column", "type", "may be empty", "what it holds"), rows)


def tables() -> list[Table]:
    """Every table in the order of the files."""
    found: dict[str, Table] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        text = path.read_text()
        for above, name, behind, body in _TABLE.findall(text):
            words = behind.strip() or " ".join(line.lstrip("- ") for line in above.splitlines())
            found[name] = Table(name, path.name, words, list(columns(body)))
        for name, column, written in _ADDED.findall(text):
            found[name].columns.append(Column(column, " ".join(written.split()), ""))
    return list(found.values())


def columns(body: str) -> Iterator[Column]:
    """The columns between a table's brackets, each with the comment that stands behind it."""
    written, words, depth = "", list[str](), 0
    for line in body.splitlines():
        sql, _, comment = line.partition("--")
        if comment and not sql.strip() and not written.strip():
            continue  # a line of words about what follows, not about one column
        whole = []
        for letter in sql + "\n":
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
            if letter == "," and depth == 0:
                whole.append(written)
                written = ""
            else:
                written += letter
        words.append(comment.strip())
        for each in whole:
            yield from column(each, " ".join(words).strip())
        if whole:
            words = []
    yield from column(written, " ".join(words).strip())


def column(written: str, words: str) -> Iterator[Column]:
    """A column; nothing for a constraint of the table."""
    name, _, rest = " ".join(written.split()).partition(" ")
    if name and name not in _NO_COLUMN and not name.startswith(("check(", "unique(")):
        yield Column(name, rest, words)


def kind(written: str) -> str:
    """The type alone."""
    return _ENDS_TYPE.sub("", " " + written).strip()


def required(written: str) -> bool:
    """Whether every row has it."""
    return "not null" in written or "primary key" in written


def about(of: Column) -> str:
    """The comment, and the table that it refers to."""
    refers = re.search(r"references (\w+)", of.written)
    parts = (sentence(of.words) if of.words else "", f"Row of [{refers[1]}](#{refers[1]})." if refers else "")
    return " ".join(part for part in parts if part)
