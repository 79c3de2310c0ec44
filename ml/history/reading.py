"""A CSV file of past leads as columns and an answer, with refusals that say what to change."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import TooFewRows, UnusableHistory
from ml.splits import Indices, together
from ml.tabular import Column, Table, column_of

GOOD = frozenset(
    {"1", "1.0", "yes", "true", "y", "t", "won", "win", "converted", "good", "sold", "positive", "success", "closed won"}
)
BAD = frozenset(
    {"0", "0.0", "no", "false", "n", "f", "lost", "loss", "not converted", "bad", "unsold", "negative", "failure", "closed lost"}
)
LEAST_ROWS, LEAST_OF_EACH = 100, 20


@dataclass(frozen=True)
class History:
    """Past leads: what was known of them, how they ended (1 well, 0 not), and which rows belong together."""

    table: Table
    truth: NDArray[np.float64]
    groups: Indices
    order: NDArray[np.float64] | None
    target: str
    duplicates: int
    dated: bool = False  # whether ``order`` is moments, which dates of the table can be held against

    @property
    def ignored(self) -> dict[str, str]:
        """Columns there is nothing to learn from, with what was found in them."""
        return {name: column.why for name, column in self.table.items() if not column.usable}


def read(file: Path, *, target: str, drop: Sequence[str] = (), group: str | None = None, time: str | None = None) -> History:
    """Read a table of past leads; raises ``UnusableHistory`` and ``TooFewRows``.

    Rows whose answer is empty are left out. ``drop`` are columns not to look at, ``group`` one whose rows belong together
    (such as a person), ``time`` one to test forward in time by; neither of these two is learned from.
    """
    header, rows = _cells(file)
    for name in (target, *drop, *(column for column in (group, time) if column)):
        _check_column(name, header)
    at = header.index(target)
    rows = [row for row in rows if row[at].strip()]
    truth = _truth(target, [row[at] for row in rows])
    _check_size(truth)
    apart = {target, *drop, group, time}
    table = {name: column_of(name, [row[n] for row in rows]) for n, name in enumerate(header) if name not in apart}
    if not any(column.usable for column in table.values()):
        raise UnusableHistory("No column is left to learn from. Drop fewer of them.")
    alike = _alike(table)
    owners = [row[header.index(group)].strip() or None for row in rows] if group else None
    groups = together(alike, owners) if owners else together(alike)
    by = column_of(time, [row[header.index(time)] for row in rows]) if time else None
    order = _order(by) if by else None
    return History(table, truth, groups, order, target, len(rows) - len(set(alike)), by is not None and by.kind == "moment")


def _cells(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = _text(file.read_bytes())
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        header = [name.strip() or f"column {n}" for n, name in enumerate(next(reader, []), start=1)]
        rows = [row + [""] * (len(header) - len(row)) for row in reader if any(cell.strip() for cell in row)]
    except OSError as error:
        raise UnusableHistory(f"{file} can't be read: {error.strerror}.") from error
    except csv.Error as error:
        raise UnusableHistory(f"{file} can't be read as a table: {error}. Save it as CSV in UTF-8.") from error
    if len(set(header)) != len(header):
        raise UnusableHistory("Two columns have the same name. Rename one of them.")
    return header, rows


def _text(data: bytes) -> str:
    """As spreadsheets save: UTF-8, UTF-16 with its mark, or the code page of Windows."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t|", key=first.count)


def _check_column(name: str, header: list[str]) -> None:
    if name not in header:
        raise UnusableHistory(f"There is no column named {name}. There are: {', '.join(header)}.")


def _truth(target: str, given: list[str]) -> NDArray[np.float64]:
    words = [value.strip().casefold() for value in given]
    strange = sorted({word for word in words if word not in GOOD and word not in BAD})
    if strange:
        shown = ", ".join(strange[:5])
        raise UnusableHistory(f"{target} must say how a lead ended: 1 or 0, yes or no, won or lost. It also holds: {shown}.")
    return np.array([word in GOOD for word in words], float)


def _check_size(truth: NDArray[np.float64]) -> None:
    good, bad = int(truth.sum()), int(len(truth) - truth.sum())
    if len(truth) < LEAST_ROWS or min(good, bad) < LEAST_OF_EACH:
        raise TooFewRows(
            f"{len(truth)} rows, {good} that ended well and {bad} that did not, are too few: "
            f"at least {LEAST_ROWS} rows and {LEAST_OF_EACH} of each are needed."
        )


def _alike(table: Table) -> list[tuple[object, ...]]:
    """What is learned from in each row: two rows with the same belong into one fold."""
    used = [column for column in table.values() if column.usable]
    return list(zip(*(_cells_of(column) for column in used), strict=True))


def _cells_of(column: Column) -> Sequence[object]:
    if column.kind in ("number", "moment"):
        return [None if np.isnan(number) else float(number) for number in column.numbers]
    return column.values


def _order(column: Column) -> NDArray[np.float64]:
    """Times to sort by: a moment, or a running number."""
    if column.kind in ("moment", "number"):
        return column.numbers
    try:
        return np.array([float(value) if value else np.nan for value in column.values])
    except ValueError as error:
        raise UnusableHistory(f"{column.name} holds no dates or numbers to put the rows in order by.") from error
