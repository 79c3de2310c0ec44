"""A file that somebody brings: what kind it is, what it holds before anything is taken in, its rows as records (SPEC 8.1).

Everything is text until it is parsed, so that leading zeros stay. A file has an id of its own, its SHA-256, and a row has
the file's and its number: the same file again brings nothing new.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from core.kit import words
from core.kit.cells import plain
from core.kit.errors import Invalid
from core.sourcing.connectors.files.csv_file import Row, read_csv
from core.sourcing.connectors.files.table_columns import meanings
from core.sourcing.connectors.files.vcard import read_cards
from core.sourcing.connectors.files.xlsx_file import read_xlsx
from core.sourcing.connectors.values import fingerprint, packed
from core.sourcing.record import RawRecord

LARGEST, MOST_ROWS, MOST_COLUMNS = 50 * 1024 * 1024, 200_000, 500
LONGEST_SAMPLE = 100  # characters of a cell that are shown
SAMPLES, FIRST, SHOWN_PROBLEMS = 3, 5, 50  # of a preview: filled cells of a column, readable rows, rows that are none
VCARD, ROW = "text/vcard", "application/json"
Format = Literal["csv", "xlsx", "vcard"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not taken: its number in the file, why, and its cells."""

    row: int
    why: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: what it is taken for, and its first filled cells."""

    header: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds, before anything is taken in. ``notes``: what was made right by itself, in words.

    ``first``: the cells of its first readable rows; none of cards."""

    format: Format
    sha256: str
    columns: tuple[Column, ...]
    rows: int
    problems: tuple[Problem, ...]
    bad_rows: int
    notes: tuple[str, ...]
    first: tuple[tuple[str, ...], ...] = ()


def format_of(content: bytes) -> Format:
    """By what it is, not by its name; raises ``Invalid`` for what is none of them, empty, or too large."""
    if not content.strip():
        raise Invalid("upload.empty", "This file is empty.")
    if len(content) > LARGEST:
        raise Invalid("upload.too_large", "This file is larger than 50 MB. Bring it in parts.")
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise Invalid("upload.format", "This is neither CSV, XLSX nor vCard. Save it as one of them, without a password.")
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:11].upper() == b"BEGIN:VCARD":
        return "vcard"
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("upload.format", "This is neither CSV, XLSX nor vCard. Save it as one of them.")
    return "csv"


def preview(content: bytes, chosen: Mapping[str, str] | None = None) -> Preview:
    """What would be taken in, with ``chosen`` meanings of columns (header: field, or ``ignore``). Raises ``Invalid``."""
    kind = format_of(content)
    if kind == "vcard":
        cards = sum(1 for _ in read_cards(content))
        return Preview(kind, sha256(content).hexdigest(), (), cards, (), 0, ())
    headers, rows = _table(content, kind)
    found, look = meanings(headers, chosen), _Look()
    for row in rows:
        look.at(row)
    columns = tuple(Column(header, found[header], tuple(look.samples.get(at, ()))) for at, header in enumerate(headers))
    odd = f"{look.odd} rows are not UTF-8 and were read as Windows-1252. Look at names with accents."
    return Preview(
        kind, sha256(content).hexdigest(), columns, look.good, tuple(look.problems), look.bad, (odd,) if look.odd else (),
        tuple(look.first),
    )  # fmt: skip


class _Look:
    """What is remembered of rows while they pass: counts, and the first few of each kind."""

    def __init__(self) -> None:
        self.good = self.bad = self.odd = 0
        self.problems: list[Problem] = []
        self.first: list[tuple[str, ...]] = []
        self.samples: dict[int, list[str]] = {}

    def at(self, row: Row) -> None:
        self.odd += row.note is not None
        if row.problem:
            self.bad += 1
            if len(self.problems) < SHOWN_PROBLEMS:
                self.problems.append(Problem(row.number, row.problem, row.cells))
            return
        self.good += 1
        if len(self.first) < FIRST:
            self.first.append(tuple(cell[:LONGEST_SAMPLE] for cell in row.cells))
        for at, cell in enumerate(row.cells):
            if cell and len(self.samples.setdefault(at, [])) < SAMPLES:
                self.samples[at].append(cell[:LONGEST_SAMPLE])


def records(content: bytes, *, chosen: Mapping[str, str] | None = None, now: datetime) -> Iterator[RawRecord | Problem]:
    """Each row or card as a record, or as the problem that it is; nothing is left out. Raises ``Invalid`` as ``preview``."""
    kind = format_of(content)
    file = sha256(content).hexdigest()[:24]
    if kind == "vcard":
        for key, card in read_cards(content):
            yield RawRecord(f"card:{key}", fingerprint(card), card, VCARD, now)
        return
    headers, rows = _table(content, kind)
    found = meanings(headers, chosen)
    own_id = next((at for at, header in enumerate(headers) if found[header] == "record_id"), None)
    for row in rows:
        if row.problem:
            yield Problem(row.number, row.problem, row.cells)
            continue
        cells = dict(zip(headers, row.cells, strict=True))
        key = row.cells[own_id] if own_id is not None else ""
        content_of_row = packed({"row": cells, "fields": found})
        version = fingerprint(packed(cells))
        yield RawRecord(key[:500] or f"file:{file}:{row.number}", version, content_of_row, ROW, now)


def headers_of(content: bytes) -> tuple[str, ...]:
    """The names of a file's columns; none for cards. Raises ``Invalid`` as ``preview``."""
    kind = format_of(content)
    return () if kind == "vcard" else tuple(_table(content, kind)[0])


def error_file(problems: Iterable[Problem]) -> bytes:
    """The rows that were not taken, as CSV: number, reason, cells as they were, none of which a spreadsheet calculates."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(["row", "problem", "cells"])
    for problem in problems:
        writer.writerow([problem.row, problem.why, *(plain(cell) for cell in problem.cells)])
    return sink.getvalue().encode("utf-8-sig")


def _table(content: bytes, kind: Format) -> tuple[list[str], Iterator[Row]]:
    """Headers, each with a name of its own, and the rows below; raises ``Invalid``."""
    rows = read_xlsx(content) if kind == "xlsx" else read_csv(content)
    first = next(rows, None)
    if first is None or not any(first.cells):
        raise Invalid("upload.empty", "This file has no rows.")
    if first.problem or len(first.cells) > MOST_COLUMNS:
        raise Invalid("upload.header", first.problem or f"This file has more than {MOST_COLUMNS} columns.")
    headers: list[str] = []
    for at, cell in enumerate(first.cells, 1):
        name = words.tidy(cell)[:200] or f"Column {at}"
        headers.append(name if name not in headers else f"{name} ({at})")
    return headers, _few(rows)


def _few(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise Invalid("upload.too_many", f"This file has more than {MOST_ROWS:,} rows. Bring it in parts.")
        yield row
