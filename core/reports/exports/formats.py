"""How rows become a file, batch by batch, so that memory stays the same whatever the number of rows (SPEC 12.3)."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from shutil import copyfileobj
from typing import IO, Any, Literal, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from core.kit.cells import plain

Kind = Literal["text", "whole", "number", "time", "date", "cents", "place"]
Row = Sequence[Any]
XLSX_ROWS = 1_048_575  # what a sheet holds below its headings
XLSX_CELL = 32_767
CUT = f" … (cut: a cell holds {XLSX_CELL:,} characters, CSV holds all)"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geoparquet": "application/vnd.apache.parquet",
}
ENDINGS = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet", "geoparquet": "parquet"}
_ARROW = {
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "cents": pa.int64(),
    "place": pa.binary(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file; a ``place`` is well-known binary in degrees and stands in GeoParquet alone."""

    name: str
    kind: Kind = "text"


class Sheet(Protocol):
    """An open file that takes rows."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        ...


@contextmanager
def sheet(format: str, columns: Sequence[Column], sink: IO[bytes]) -> Iterator[Sheet]:
    """A file of the format on ``sink``, complete when the block ends."""
    with _OPENERS[format](columns, sink) as opened:
        yield opened


def shown(format: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns that a format has: only GeoParquet knows places."""
    return tuple(column for column in columns if format == "geoparquet" or column.kind != "place")


class _Csv:
    def __init__(self, columns: Sequence[Column], text: io.TextIOWrapper) -> None:
        self._writer = csv.writer(text)
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows([[_csv_cell(value) for value in row] for row in rows])


@contextmanager
def _csv(columns: Sequence[Column], sink: IO[bytes]) -> Iterator[_Csv]:
    buffered = io.BufferedWriter(_Raw(sink), 1 << 20)
    text = io.TextIOWrapper(buffered, encoding="utf-8", newline="", write_through=False)
    yield _Csv(columns, text)
    text.flush()
    text.detach()
    buffered.flush()


class _Raw(io.RawIOBase):
    """Arrow's stream as Python's buffers want one; closing is left to its owner."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        return self._sink.write(bytes(piece))


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    return value.isoformat() if isinstance(value, datetime | date) else value


class _Xlsx:
    def __init__(self, columns: Sequence[Column], book: Workbook) -> None:
        self._sheet = book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._kinds = [column.kind for column in columns]
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, 18)
            self._sheet.write_string(0, place, column.name, bold)
        self._line = 0

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._line += 1
            for place, (kind, value) in enumerate(zip(self._kinds, row, strict=True)):
                if value is None:
                    continue
                if kind == "time":
                    self._sheet.write_datetime(self._line, place, value.replace(tzinfo=None), self._moment)
                elif kind == "date":
                    self._sheet.write_datetime(self._line, place, datetime.combine(value, time.min), self._day)
                elif kind == "text":  # always as words: nothing that begins with = is worked out
                    self._sheet.write_string(self._line, place, _fitting(value))
                else:
                    self._sheet.write_number(self._line, place, value)


def _fitting(words: str) -> str:
    """The words as a cell holds them; one that is too long says that it was cut."""
    return words if len(words) <= XLSX_CELL else words[: XLSX_CELL - len(CUT)] + CUT


@contextmanager
def _xlsx(columns: Sequence[Column], sink: IO[bytes]) -> Iterator[_Xlsx]:
    with tempfile.TemporaryFile() as draft:  # a spreadsheet is an archive, which is put together at the end
        with Workbook(draft, {"constant_memory": True}) as book:
            yield _Xlsx(columns, book)
        draft.seek(0)
        copyfileobj(draft, sink, 1 << 20)


class _Parquet:
    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer

    def write(self, rows: Sequence[Row]) -> None:
        if rows:
            arrays = [
                pa.array(list(values), type=field.type)
                for values, field in zip(zip(*rows, strict=True), self._writer.schema, strict=True)
            ]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._writer.schema))


@contextmanager
def _parquet(columns: Sequence[Column], sink: IO[bytes]) -> Iterator[_Parquet]:
    schema = pa.schema([pa.field(column.name, _ARROW[column.kind]) for column in columns])
    places = [column.name for column in columns if column.kind == "place"]
    if places:  # GeoParquet 1.1: well-known binary, longitude first, which is what it means when no reference is named
        described = {name: {"encoding": "WKB", "geometry_types": []} for name in places}
        geo = {"version": "1.1.0", "primary_column": places[0], "columns": described}
        schema = schema.with_metadata({"geo": json.dumps(geo)})
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        yield _Parquet(writer)


_OPENERS: dict[str, Any] = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet, "geoparquet": _parquet}
