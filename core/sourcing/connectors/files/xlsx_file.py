"""Workbooks (XLSX): the first sheet that holds something, every cell as text, formulas by their last result (SPEC 8.1)."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from core.kit.errors import Invalid
from core.sourcing.connectors.files.csv_file import Row

MOST_PARTS, LARGEST_WHOLE = 2_000, 400 * 1024 * 1024
_STEP = 1 << 20


def read_xlsx(content: bytes) -> Iterator[Row]:
    """Every row that holds something, the header's first; raises ``Invalid`` for what is no workbook, or a bomb."""
    check_zip(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = list(_rows(book.get_sheet_by_name(name).iter_rows()))
            if rows:
                yield from rows
                return
    except (CalamineError, ValueError, OSError) as error:
        raise Invalid("upload.xlsx", "This workbook can't be read. Save it again as XLSX, or as CSV.") from error


def check_zip(content: bytes) -> None:
    """Unpack each part once, counting: a bomb is refused before anything reads it. Raises ``Invalid``."""
    left = LARGEST_WHOLE
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_WHOLE:
                raise Invalid("upload.bomb", "This workbook unpacks to more than is read. Save the sheet as CSV.")
            for part in parts:
                with archive.open(part) as stream:
                    while chunk := stream.read(_STEP):
                        left -= len(chunk)
                        if left < 0:
                            raise Invalid("upload.bomb", "This workbook unpacks to more than is read. Save the sheet as CSV.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Invalid("upload.xlsx", "This workbook is damaged or has a password. Save it again without one.") from error


def _rows(rows: Iterator[list[Any]]) -> Iterator[Row]:
    width: int | None = None
    for number, values in enumerate(rows, 1):
        cells = [_text(value) for value in values]
        if not any(cells):
            continue
        if width is None:
            width = max(at for at, cell in enumerate(cells, 1) if cell)
        extra = [cell for cell in cells[width:] if cell]
        problem = f"This row has cells beyond the header's {width} columns." if extra else None
        yield Row(number, tuple(cells if extra else cells[:width]), problem)


def _text(value: Any) -> str:
    """As a person would read the cell; a whole number has no point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value if not isinstance(value, timedelta) else value.total_seconds()).strip()
