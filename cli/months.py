"""``hotleads months``: the months of tables that only grow, and the export of those that were taken off."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from core import ops
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.local import use_services


def listed() -> str:
    """Each month, where it is and how large."""
    return "\n".join(
        f"{month.name:<32} {'in its table' if month.attached else 'taken off':<14} {month.bytes / 1e6:>10,.1f} MB"
        for month in _known()
    )


def export(out: Path, *, drop: bool) -> Iterator[str]:
    """Write the months that were taken off into the folder, one file each, and drop them if asked to; tells of each."""
    out.mkdir(parents=True, exist_ok=True)
    with use_services():
        for month in _known():
            if not month.attached:
                _export(month.name, out, drop=drop)
                yield f"{out / month.name}.csv.gz is written{', the month dropped' if drop else ''}."


def _known() -> list[ops.Month]:
    with use_services(), transaction() as session:
        return ops.months(session)


def _export(name: str, out: Path, *, drop: bool) -> None:
    """As the database's owner, who alone may read what is in no table any more."""
    part, table = out / f"{name}.csv.gz.part", sql.Identifier("months", name)
    with psycopg.connect(settings().database_url) as connection:
        with (
            gzip.open(part, "wb") as file,
            connection.cursor().copy(sql.SQL("copy {} to stdout (format csv, header)").format(table)) as rows,
        ):
            for chunk in rows:
                file.write(chunk)
        part.rename(out / f"{name}.csv.gz")
        if drop:
            connection.execute(sql.SQL("drop table {}").format(table))
