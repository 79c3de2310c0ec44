"""``hotleads months``: the months of tables that only grow, and the export of those that were taken off."""

import gzip
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg import sql

from core import ops
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.local import use_services


def months(
    out: Annotated[Path | None, typer.Option(help="Write each month that was taken off as NAME.csv.gz into this folder.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="With --out: drop each one once its file is whole.")] = False,
) -> None:
    """Months of tables that only grow: in their table, or taken off and waiting for export (docs/scaling.md)."""
    if drop and out is None:
        raise typer.BadParameter("--drop goes with --out: a month is dropped only once it is exported.")
    with use_services():
        with transaction() as session:
            known = ops.months(session)
        for month in known:
            print(f"{month.name:<32} {'in its table' if month.attached else 'taken off':<14} {month.bytes / 1e6:>10,.1f} MB")
        if out is not None:
            for month in (each for each in known if not each.attached):
                _export(month.name, out, drop=drop)


def _export(name: str, out: Path, *, drop: bool) -> None:
    """As the database's owner, who alone may read what is in no table any more."""
    out.mkdir(parents=True, exist_ok=True)
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
    print(f"{out / name}.csv.gz is written{', the month dropped' if drop else ''}.")
