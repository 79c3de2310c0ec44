"""``hotleads capacity``: what so many leads a day need."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

Leads = Annotated[int, typer.Option(help="Leads a day.", min=1)]
Sales = Annotated[float, typer.Option(help="Sales of a lead, by distribution and marketplace.", min=0)]
Searches = Annotated[float, typer.Option(help="Searches of the marketplace for each lead.", min=0)]
Peak = Annotated[float, typer.Option(help="How much busier the busiest minutes are than the mean.", min=1)]


def capacity(
    leads_per_day: Leads,
    sales_per_lead: Sales = 3.0,
    searches_per_lead: Searches = 10.0,
    peak: Peak = 4.0,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Cores, connections and disk for so many leads a day, from measured costs (docs/scaling.md)."""
    from cli.bench import table
    from core import ops
    from core.kit.config import settings

    day = ops.Day(leads_per_day, sales_per_lead=sales_per_lead, searches_per_lead=searches_per_lead, peak=peak)
    need = asdict(ops.capacity(day, pool=settings().database_pool))
    print(json.dumps(need) if json_ else table(need))
