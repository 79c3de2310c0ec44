"""``hotleads months``: the months of tables that only grow, and the export of those that were taken off."""

import filecmp
import gzip
import json
import os
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic_core import to_jsonable_python

from core import ops
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Invalid
from core.kit.local import use_services


def look() -> ops.MonthsKept:
    """What is kept by the month."""
    with use_services(), transaction() as session:
        return ops.months(session, actor=SYSTEM, now=utc_now())


def as_json(kept: ops.MonthsKept) -> str:
    """All of it for programs."""
    return json.dumps(to_jsonable_python(kept))


def told(kept: ops.MonthsKept) -> str:
    """A line for each part of each table, and one for what comes next."""
    lines = [
        f"{month.name:<28} {month.title:<23} {_standing(month):<27} {month.rows:>13,} rows {month.bytes / 1e6:>10,.1f} MB"
        for month in kept.items
    ]
    comes = f"{', '.join(kept.due)} with the next run" if kept.due else f"from {kept.next_on} on" if kept.next_on else "nothing"
    return "\n".join([*lines, f"{kept.keep_months} months are kept beside the running one. Taken off next: {comes}."])


def detach() -> Iterator[str]:
    """Take off now what the nightly run would; tells of each."""
    with use_services(), transaction() as session:
        gone = ops.keep_months(session, actor=SYSTEM, now=utc_now())
    yield from (f"{name} is taken off." for name in gone)
    if not gone:
        yield "Nothing is old enough to be taken off."


def export(out: Path, *, drop: bool) -> Iterator[str]:
    """Write the months that were taken off into the folder, one file each, and drop them if asked to; tells of each."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid("months.folder", f"{out} can't be made: {error.strerror}. Name a folder that can be written.") from error
    with use_services():
        for month in look().items:
            if not month.attached:
                file = _export(month.name, out, drop=drop)
                written = f"{file} is written{', the month dropped' if drop else ''}."
                yield written if file else f"{month.name} was dropped meanwhile."


def _standing(month: ops.Month) -> str:
    if month.attached:
        return f"in its table till {month.leaves_on}" if month.leaves_on else "in its table"
    return f"taken off {month.taken_off_at:%Y-%m-%d}" if month.taken_off_at else "taken off"


def _export(name: str, out: Path, *, drop: bool) -> Path | None:
    """As the database's owner, who alone may read what is in no table any more; ``None`` when another export has dropped it."""
    table = sql.Identifier("months", name)
    with psycopg.connect(settings().database_url) as connection:
        try:  # one export at a time: two would write into each other's file
            connection.execute(sql.SQL("lock table {} in share update exclusive mode").format(table))
        except psycopg.errors.UndefinedTable:
            return None
        file = _written(connection, table, name, out)
        if drop:
            connection.execute(sql.SQL("drop table {}").format(table))
        return file


def _written(connection: psycopg.Connection, table: sql.Identifier, name: str, out: Path) -> Path:
    """The rows in a file that is on the disk when this returns: they may be dropped then."""
    part = out / f"{name}.csv.gz.part"
    with part.open("wb") as raw:
        with (
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,  # the same rows are the same file
            connection.cursor().copy(sql.SQL("copy {} to stdout (format csv, header)").format(table)) as rows,
        ):
            for chunk in rows:
                packed.write(chunk)
        raw.flush()
        os.fsync(raw.fileno())
    file = part.rename(_free(out, name, part))
    folder = os.open(out, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return file


def _free(out: Path, name: str, part: Path) -> Path:
    """A name that nothing else has: what is there under it is the same, or stays."""
    named = (out / f"{name}{number}.csv.gz" for number in chain([""], (f".{again}" for again in count(2))))
    return next(path for path in named if not path.exists() or filecmp.cmp(path, part, shallow=False))
