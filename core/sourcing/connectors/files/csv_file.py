"""CSV as the world writes it: any delimiter, byte order marks, encodings mixed by the line, quotes left open (SPEC 8.1).

A line that can't be read is told with its number and its text; the lines around it are read.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

LONGEST_ROW, MOST_LINES = 100_000, 100
DELIMITERS = ",;\t|"
SAMPLE = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first line's number, its cells as text, and what is wrong with it, if anything."""

    number: int
    cells: tuple[str, ...]
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    odd: bool  # not UTF-8


def read_csv(content: bytes) -> Iterator[Row]:
    """Every row, the header's first; empty lines are passed over. Never raises for what the file holds."""
    lines = _Lines(_lines(content))
    delimiter = sniff([line.text for line in lines.ahead(20)])
    width: int | None = None
    while first := lines.ahead(1):
        if not first[0].text.strip():
            lines.take()
            continue
        for row in _next(lines, delimiter, width):
            width = width or len(row.cells)
            yield _fitted(row, width)


def sniff(lines: list[str]) -> str:
    """The delimiter that splits the first lines alike, the header most; a comma when none does."""
    filled = [line for line in lines if line.strip()]

    def alike(delimiter: str) -> tuple[int, int]:
        counts = [len(_cells(line, delimiter) or ()) for line in filled]
        return (sum(count == counts[0] for count in counts), counts[0]) if counts and counts[0] > 1 else (0, 0)

    return max(DELIMITERS, key=alike) if filled else ","


class _Lines:
    """Lines one after the other, with a look ahead and the way back."""

    def __init__(self, rest: Iterator[_Line]) -> None:
        self._rest = rest
        self._near: deque[_Line] = deque()

    def ahead(self, count: int) -> list[_Line]:
        self._near.extend(islice(self._rest, max(0, count - len(self._near))))
        return list(islice(self._near, count))

    def take(self) -> _Line:
        return self._near.popleft() if self._near else next(self._rest)

    def give_back(self, lines: list[_Line]) -> None:
        self._near.extendleft(reversed(lines))


def _next(lines: _Lines, delimiter: str, width: int | None) -> Iterator[Row]:
    """The next row or rows. An open quote takes following lines; when that makes no sense, each line stands for itself."""
    taken = [lines.take()]
    if len(taken[0].text) > LONGEST_ROW:
        yield Row(taken[0].number, (taken[0].text.strip()[:2_000],), f"This row is longer than {LONGEST_ROW:,} characters.")
        return
    while _open(taken) and lines.ahead(1) and len(taken) < MOST_LINES and sum(len(line.text) for line in taken) < LONGEST_ROW:
        taken.append(lines.take())
    cells = None if _open(taken) else _cells("".join(line.text for line in taken), delimiter)
    if cells is not None and (width is None or len(taken) == 1 or len(cells) == width):
        yield _row(taken, cells)
        return
    first, rest = taken[0], taken[1:]
    lines.give_back(rest)
    bare = _cells(first.text, delimiter, csv.QUOTE_NONE)
    if bare is not None and len(bare) == width:  # a lone quote, as in 5" pipe
        yield _row([first], bare)
    else:
        yield Row(first.number, (first.text.strip()[:2_000],), "A quote is opened in this line and never closed.")


def _cells(text: str, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> list[str] | None:
    try:
        found = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, quoting=quoting))  # type: ignore[arg-type]
    except csv.Error:
        return None
    return [cell.strip() for cell in found[0]] if len(found) == 1 else None


def _open(lines: list[_Line]) -> bool:
    return sum(line.text.count('"') for line in lines) % 2 == 1


def _row(lines: list[_Line], cells: list[str]) -> Row:
    odd = any(line.odd for line in lines)
    return Row(lines[0].number, tuple(cells), None, "Not UTF-8; read as Windows-1252." if odd else None)


def _fitted(row: Row, width: int) -> Row:
    """Cells left out at the end are empty; more than the header has names for are a problem."""
    if row.problem:
        return row
    extra = [cell for cell in row.cells[width:] if cell]
    if extra:
        problem = f"This row has {len(row.cells)} cells; the header names {width}."
        return Row(row.number, row.cells, problem, row.note)
    cells = row.cells[:width] + ("",) * (width - len(row.cells))
    return Row(row.number, cells, None, row.note)


def _lines(content: bytes) -> Iterator[_Line]:
    mark, encoding = next((known for known in MARKS if content.startswith(known[0])), (b"", ""))
    if encoding.startswith(("utf-16", "utf-32")):
        text = content[len(mark) :].decode(encoding, "replace")
        yield from (_Line(number, line, False) for number, line in enumerate(_split(text), 1))
        return
    for number, raw in enumerate(content[len(mark) :].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"), 1):
        try:
            yield _Line(number, raw.decode() + "\n", False)
        except UnicodeDecodeError:
            yield _Line(number, _western(raw) + "\n", True)


def _western(raw: bytes) -> str:
    """Windows-1252, its five undefined bytes as ISO 8859-1 has them."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in raw)


def _split(text: str) -> list[str]:
    return [line + "\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
