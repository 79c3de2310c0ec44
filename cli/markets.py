"""Markets from the command line: list, add, open, close (SPEC 0)."""

from pathlib import Path
from typing import Annotated

import typer

markets = typer.Typer(help="Markets: where leads are taken and sold.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Which = Annotated[str, typer.Argument(metavar="MARKET", help="The market's short name or id.")]


@markets.command("list")
def list_(json_: Json = False) -> None:
    """Every market: whether it takes leads, its counties, how many ZIP codes."""
    from cli import market_desk as desk

    found = desk.look()
    print(desk.as_json(found) if json_ else desk.told(found))


@markets.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name, such as Tucson.")],
    county: Annotated[list[str] | None, typer.Option(help="A whole county, such as 'Pima, AZ'; may be repeated.")] = None,
    zips: Annotated[str | None, typer.Option(help="Single ZIP codes instead, with commas or blanks between them.")] = None,
    outline: Annotated[Path | None, typer.Option(help="A GeoJSON file with its outline instead, longitude first.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Its time zone; without, that of most of its ZIP codes.")] = None,
    slug: Annotated[str | None, typer.Option(help="Its short name; without, made of its name.")] = None,
    json_: Json = False,
) -> None:
    """Add a market from counties, ZIP codes or an outline; it takes leads at once."""
    if sum(way is not None for way in (county or None, zips, outline)) != 1:
        raise typer.BadParameter("Say what land it has by one of --county, --zips and --outline.")
    from cli import market_desk as desk

    made = desk.add(name, counties=county or None, zips=zips, outline=outline, timezone=timezone, slug=slug)
    print(desk.as_json(made) if json_ else f"Added: {desk.told([made])}")


@markets.command("open")
def open_(market: Which, json_: Json = False) -> None:
    """Take leads in a closed market again."""
    from cli import market_desk as desk

    turned = desk.turn(market, "open")
    print(desk.as_json(turned) if json_ else f"{turned.market.name} takes leads again.")


@markets.command("close")
def close(market: Which, json_: Json = False) -> None:
    """Take no new leads in a market; what was sold stays as it is."""
    from cli import market_desk as desk

    turned = desk.turn(market, "closed")
    print(desk.as_json(turned) if json_ else f"{turned.market.name} takes no new leads. What was sold stays as it is.")
