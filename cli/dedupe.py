"""``hotleads dedupe`` and ``hotleads normalize``: for people with a file of people or businesses."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from cli import files
from cli.tables import Table, open_table, taken, write_table
from core.kit.errors import Invalid
from core.sourcing import dedupe, normalise

NORMAL = (
    "norm_name", "norm_first_name", "norm_last_name", "norm_suffix", "norm_email", "norm_phone", "norm_street", "norm_unit",
    "norm_city", "norm_state", "norm_zip", "status", "reasons",
)  # fmt: skip


def mapping(given: Sequence[str]) -> dict[str, str]:
    """``--map field=column`` as field and column; raises ``Invalid`` for anything else."""
    wrong = [pair for pair in given if not all(pair.partition("="))]
    if wrong:
        raise Invalid("columns.map", f"Write --map field=column, such as --map name=Customer; not {wrong[0]!r}.")
    return {field.strip(): column for field, _, column in (pair.partition("=") for pair in given)}


def dedupe_file(source: Path, out: Path, given: Mapping[str, str]) -> str:
    """Write the file with ``cluster_id`` and ``match_probability`` behind; returns a sentence about it."""
    files.check_apart(source, out)
    table = _opened(source, dedupe.ADDED)
    if not table.rows:
        write_table(table, out, dedupe.ADDED, iter(()))
        return f"{source} has no rows. Written to {out}."
    columns = dedupe.recognise(table.header, given)
    _say(f"Columns: {_told(table, columns)}")
    found = dedupe.find(_shapes(table, columns), say=_say)
    numbers: dict[int, int] = {}
    rows = zip(found.cluster.tolist(), found.probability.tolist(), strict=True)
    write_table(table, out, dedupe.ADDED, ((numbers.setdefault(c, len(numbers) + 1), f"{p:.4f}") for c, p in rows))
    return f"{table.rows:,} rows are {len(numbers):,} different ones. Written to {out}."


def _opened(source: Path, added: Sequence[str]) -> Table:
    """The file as a table; what is odd about it is told."""
    table = open_table(source)
    if table.torn:
        _say(f"A quote is opened and never closed in {table.torn:,} of the lines: such lines are read as they stand.")
    for name, free in zip(added, taken(added, table.header), strict=True):
        if name != free:
            _say(f"The file has a column {name} already, which stays as it is; the new one is called {free}.")
    return table


def _of_businesses(table: Table, columns: dedupe.FileColumns, *, words: int = 1) -> bool | None:
    """Whether the one column of names holds businesses, by those of so many words; ``None``: that is to be seen name by name."""
    if "name" not in columns or "first_name" in columns or "last_name" in columns:
        return None
    names = (dedupe.values(row, columns).get("name", "") for row in islice(table, dedupe.SAMPLE))
    return dedupe.of_businesses([name for name in names if len(name.split()) >= words])


def _shapes(table: Table, columns: dedupe.FileColumns) -> Iterator[dedupe.Shape]:
    """The table's rows in the form in which they are compared, one by one."""
    business = _of_businesses(table, columns)
    return (dedupe.shape(dedupe.values(row, columns), business=business) for row in table)


def normalize_file(source: Path, out: Path, given: Mapping[str, str]) -> str:
    """Write the file with normal forms, ``status`` and ``reasons`` behind; returns a sentence about it."""
    files.check_apart(source, out)
    table = _opened(source, NORMAL)
    columns = dedupe.recognise(table.header, given) if table.rows else {}
    business = _of_businesses(table, columns, words=2)
    counts = {"ok": 0, "review": 0, "unusable": 0}

    def normal(row: Sequence[str]) -> tuple[object, ...]:
        cells = _normal_cells(dedupe.values(row, columns), business=business)
        counts[cells[-2]] += 1
        return cells

    write_table(table, out, NORMAL, map(normal, table))
    told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    return f"{table.rows:,} rows: {told}. Written to {out}."


def _normal_cells(read: Mapping[str, str], *, business: bool | None = None) -> tuple[str, ...]:
    person = any(read.get(field) for field in ("name", "first_name", "last_name"))
    street = f"{read.get('street_number', '')} {read.get('address', '')}".strip()
    normal = normalise.normalise(
        name=read.get("name") or read.get("company"), first_name=read.get("first_name"), last_name=read.get("last_name"),
        email=read.get("email"), phone=read.get("phone"), street=street, unit=read.get("address2"), city=read.get("city"),
        state=read.get("state"), zip=read.get("zip"), business=business if person else True,
    )  # fmt: skip
    who, home = normal.name, normal.home
    cells = (
        who.full, who.first, who.last, who.suffix, normal.email, normal.phone, home.street, home.unit, home.city, home.state,
        home.zip, normal.status, "; ".join(reason.code for reason in normal.reasons),
    )  # fmt: skip
    return tuple(cell or "" for cell in cells)


def _told(table: Table, columns: dedupe.FileColumns) -> str:
    return ", ".join(f"{field} from {' or '.join(table.header[at] for at in places)}" for field, places in columns.items())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
