"""Commands about how much it carries: measurements, what a day of so many leads needs, tables that only grow."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Leads = Annotated[int, typer.Option(help="Leads a day, such as 10,000.", parser=lambda told: _whole(told), metavar="NUMBER")]
Sales = Annotated[float, typer.Option(help="Sales of a lead, by distribution and marketplace.", min=0)]
Searches = Annotated[float, typer.Option(help="Searches of the marketplace for each lead.", min=0)]
Inbox = Annotated[float, typer.Option(help="Pages of an inbox for each sale.", min=0)]
Peak = Annotated[float, typer.Option(help="How much busier the busiest minutes are than the mean.", min=1)]


def _whole(told: str) -> int:
    """``10000`` or ``10,000``."""
    plain = told.replace(",", "")
    if not plain.isdecimal() or int(plain) < 1:
        raise typer.BadParameter("Write a whole number of 1 or more, such as 10,000.")
    return int(plain)


def add_to(app: typer.Typer) -> None:
    """Make them commands of ``hotleads``."""
    for command in (bench, capacity, months):
        app.command()(command)


def bench(
    name: Annotated[str, typer.Argument(help="What to measure, such as distribution or pages; a wrong one lists all.")],
    scale: Annotated[int | None, typer.Option(help="Size of the run; each benchmark has its own default.")] = None,
    json_: Json = False,
    providers: Annotated[int | None, typer.Option(help="distribution: subscribed providers.")] = None,
    niches: Annotated[int | None, typer.Option(min=1, help="distribution: niches that the leads are of.")] = None,
    workers: Annotated[int | None, typer.Option(help="distribution: workers side by side.")] = None,
    limit: Annotated[str | None, typer.Option(help="distribution: what to compare with, transaction or statement.")] = None,
    connections: Annotated[str | None, typer.Option(help="intake, api: connections, such as 8 or 8,32.")] = None,
    existing: Annotated[int | None, typer.Option(help="ingest: requests that are there already.")] = None,
    sessions: Annotated[int | None, typer.Option(help="pages: people at once on the marketplace.")] = None,
    minutes: Annotated[float | None, typer.Option(help="steady: how long.")] = None,
    rate: Annotated[int | None, typer.Option(help="steady: requests a second.")] = None,
) -> None:
    """Measure one thing beside its limit on a database of its own."""
    from cli.bench import measure, table

    options = {"providers": providers, "niches": niches, "workers": workers, "limit": limit}
    options |= {"connections": connections, "existing": existing, "sessions": sessions, "minutes": minutes, "rate": rate}
    figures = measure(name, scale=scale, options={key: value for key, value in options.items() if value is not None})
    print(json.dumps(figures) if json_ else table(figures))


def capacity(
    leads_per_day: Leads,
    sales_per_lead: Sales = 3.0,
    searches_per_lead: Searches = 10.0,
    inbox_per_sale: Inbox = 5.0,
    peak: Peak = 4.0,
    json_: Json = False,
) -> None:
    """Cores, connections and disk for so many leads a day, from measured costs (docs/scaling.md)."""
    from cli.bench import table
    from core import ops
    from core.kit.config import settings

    day = ops.Day(leads_per_day, sales_per_lead, searches_per_lead, inbox_per_sale, peak)
    need = asdict(ops.capacity(day, pool=settings().database_pool))
    print(json.dumps(need) if json_ else table(need))


def months(
    out: Annotated[Path | None, typer.Option(help="Write each month that was taken off as NAME.csv.gz into this folder.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="With --out: drop each one once its file is whole.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="First take off what is old enough, as the nightly run does.")] = False,
    json_: Json = False,
) -> None:
    """Months of tables that only grow: in their table, or taken off and waiting for export (docs/scaling.md)."""
    if drop and out is None:
        raise typer.BadParameter("--drop goes with --out: a month is dropped only once it is exported.")
    from cli import months as by_month

    beside = sys.stderr if json_ else sys.stdout  # what is done, as it is done
    for line in by_month.detach() if detach else ():
        print(line, file=beside)
    kept = by_month.look()
    print(by_month.as_json(kept) if json_ else by_month.told(kept))
    for line in by_month.export(out, drop=drop) if out is not None else ():
        print(line, file=beside)
