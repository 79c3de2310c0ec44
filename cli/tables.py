"""Somebody's CSV file: whatever encoding and delimiter it has, every row and column comes out again, in order."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.kit.errors import Invalid

WESTERN = "hotleads-western"  # how undecodable bytes are read
DELIMITERS = ",;\t|"
LONGEST_CELL = 10_000_000  # characters
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read from the start as often as needed; nothing of it is held in memory."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    width: int  # cells of the longest row
    rows: int

    def __iter__(self) -> Iterator[list[str]]:
        rows = _rows(self.path, self.encoding, self.delimiter)
        next(rows, None)
        yield from rows


def open_table(path: Path) -> Table:
    """Find out encoding, delimiter and size. Raises ``Invalid`` for a file that can't be read as a table."""
    try:
        encoding = _encoding(path)
    except OSError as error:
        raise Invalid("file.unreadable", f"{path} can't be read: {error.strerror or error}.") from error
    delimiter = _delimiter(path, encoding)
    header: list[str] = []
    width = rows = 0
    try:
        for at, row in enumerate(_rows(path, encoding, delimiter)):
            header = row if at == 0 else header
            width, rows = max(width, len(row)), at
    except csv.Error as error:
        raise Invalid("file.no_table", f"{path} can't be read as a table: {error}.") from error
    return Table(path, encoding, delimiter, header, width, rows)


def write_table(table: Table, to: Path, names: Sequence[str], added: Iterator[Sequence[object]]) -> None:
    """The whole table with more columns behind; a row that is shorter than others is filled up with empty cells.

    Added columns whose name is taken get a number behind it. The file is complete or not there at all.
    """
    part = to.with_name(f"{to.name}.part")
    header = [*table.header, *[""] * (table.width - len(table.header))]
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=table.delimiter, lineterminator="\n")
            writer.writerow([*header, *(_free(name, table.header) for name in names)])
            for row, more in zip(table, added, strict=True):
                writer.writerow([*row, *[""] * (table.width - len(row)), *more])
        part.replace(to)
    except OSError as error:
        raise Invalid("file.unwritable", f"{to} can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _free(name: str, taken: Sequence[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Rows with something in them; a blank line between rows is none."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, newline="", errors=WESTERN) as file:
        yield from (row for row in csv.reader(file, delimiter=delimiter) if row)


def _encoding(path: Path) -> str:
    """By its mark, else UTF-8; what is no UTF-8 in it, all or some, is read as Windows' western letters (``WESTERN``)."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    return marked or "utf-8"


def _western(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in Windows' western letters: files put together from several hold both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(WESTERN, _western)


def _delimiter(path: Path, encoding: str) -> str:
    """The sign that parts the header into most cells, a comma when none does."""
    with path.open(encoding=encoding, newline="", errors=WESTERN) as file:
        lines = [line for line in (file.readline(1_000_000) for _ in range(3)) if line.strip()]
    first = lines[:1]
    counts = {sign: len(next(csv.reader(first, delimiter=sign), [])) for sign in DELIMITERS} if first else {}
    return max(counts, key=lambda sign: counts[sign], default=",")
