"""Somebody's CSV file: whatever encoding and delimiter it has, every row and column comes out again, in order."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from core.kit.errors import Invalid

WESTERN = "hotleads-western"  # how undecodable bytes are read
DELIMITERS = ",;\t|"
LONGEST_CELL = 10_000_000  # characters
START = 4_096  # bytes by which a file's kind is told
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a"))


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read from the start as often as needed; nothing of it is held in memory."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    width: int  # cells of the longest row
    rows: int
    torn: int  # rows with a quote that is opened and never closed

    def __iter__(self) -> Iterator[list[str]]:
        with _open(self.path, self.encoding) as file:
            rows = _Rows(file, self.delimiter)
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
    width = count = 0
    try:
        with _open(path, encoding) as file:
            rows = _Rows(file, delimiter)
            for at, row in enumerate(rows):
                header = row if at == 0 else header
                width, count = max(width, len(row)), at
    except csv.Error as error:
        raise Invalid("file.no_table", f"{path} can't be read as a table: {error}.") from error
    return Table(path, encoding, delimiter, header, width, count, rows.torn)


def write_table(table: Table, to: Path, names: Sequence[str], added: Iterator[Sequence[object]]) -> None:
    """The whole table with more columns behind; a row that is shorter than others is filled up with empty cells.

    Added columns whose name is taken get a number behind it. The file is complete or not there at all.
    """
    part = to.with_name(f"{to.name}.part")
    header = [*table.header, *[""] * (table.width - len(table.header))]
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(_Lines(out), delimiter=table.delimiter, lineterminator="\r\n")
            writer.writerow([*header, *taken(names, table.header)])
            for row, more in zip(table, added, strict=True):
                writer.writerow([*row, *[""] * (table.width - len(row)), *more])
        part.replace(to)
    except OSError as error:
        raise Invalid("file.unwritable", f"{to} can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


class _Lines:
    """Lines that end in a line feed, from a writer that quotes carriage returns because its own lines end in one."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, line: str) -> None:
        self._out.write(line.removesuffix("\r\n") + "\n")


def taken(names: Sequence[str], header: Sequence[str]) -> list[str]:
    """The names under which added columns are written: one that the file has already gets a number behind it."""
    return [_free(name, header) for name in names]


def _free(name: str, taken: Sequence[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


class _Rows:
    """Rows with something in them, one after the other; a blank line between rows is none.

    A quote that is opened and never closed takes the lines behind it into one cell. Where its own line makes a whole row by
    itself, it is read as it stands and so are the lines behind it: ``torn`` counts them.
    """

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._lines, self._delimiter, self._width, self.torn = lines, delimiter, 0, 0
        self._back: list[str] = []  # the next line last
        self._taken: list[str] = []
        self._reader = csv.reader(self._feed(), delimiter=delimiter)

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> list[str]:
        row = self._next()
        while not row:
            row = self._next()
        self._width = self._width or len(row)
        return row

    def _next(self) -> list[str]:
        self._taken.clear()
        try:
            row = next(self._reader)
        except csv.Error:
            if not (row := self._as_it_stands()):
                raise
            return row
        whole = len(self._taken) == 1 or (len(row) == self._width and self._closed())
        return row if whole else self._as_it_stands() or row

    def _closed(self) -> bool:
        """Whether every quote is closed where a cell ends."""
        try:
            return len(list(csv.reader(self._taken, delimiter=self._delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _as_it_stands(self) -> list[str] | None:
        """The first line taken as a row without quotes, when it has a cell for each column; the rest is given back."""
        alone = next(csv.reader(self._taken[:1], delimiter=self._delimiter, quoting=csv.QUOTE_NONE))
        if len(alone) != self._width:
            return None
        self._back += reversed(self._taken[1:])
        self._reader = csv.reader(self._feed(), delimiter=self._delimiter)
        self.torn += 1
        return alone

    def _feed(self) -> Iterator[str]:
        while (line := self._back.pop() if self._back else next(self._lines, None)) is not None:
            self._taken.append(line)
            yield line


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="", errors=WESTERN)


def _encoding(path: Path) -> str:
    """By its mark or its zeros, else UTF-8; what is no UTF-8 in it, all or some, is read as Windows' western letters
    (``WESTERN``). Raises ``Invalid`` for what is no text."""
    with path.open("rb") as file:
        start = file.read(START)
    if marked := next((name for mark, name in _MARKS if start.startswith(mark)), None):
        return marked
    if start.startswith(b"PK\x03\x04"):
        raise Invalid("file.no_table", f"{path} is a workbook or an archive, not a table of text. Save the sheet as CSV first.")
    zeros = [start[at::2].count(0) * 4 > len(start) for at in (0, 1)]
    if any(zeros) and not all(zeros):
        return "utf-16-be" if zeros[0] else "utf-16-le"
    if len(start.translate(None, _CONTROLS)) < 0.95 * len(start):
        raise Invalid("file.no_table", f"{path} is no table of text. Save it as CSV first.")
    return "utf-8"


def _western(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in Windows' western letters: files put together from several hold both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(WESTERN, _western)


def _delimiter(path: Path, encoding: str) -> str:
    """The sign that parts the header into most cells, a comma when none does."""
    with _open(path, encoding) as file:
        lines = [line for line in (file.readline(1_000_000) for _ in range(3)) if line.strip()]
    first = lines[:1]
    counts = {sign: len(next(csv.reader(first, delimiter=sign), [])) for sign in DELIMITERS} if first else {}
    return max(counts, key=lambda sign: counts[sign], default=",")
