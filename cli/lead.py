"""One lead from the command line: end it, note a wish, set it aside, put it back (SPEC 2.7, 13.6)."""

from typing import Annotated
from uuid import UUID

import typer

lead = typer.Typer(help="One lead: end it, set it aside, put it back.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Which = Annotated[UUID, typer.Argument(metavar="LEAD", help="The lead's id.")]
Why = Annotated[str, typer.Option(help="Why; kept in the trail, up to 1,000 characters.")]


@lead.command()
def withdraw(id_: Which, reason: Why, json_: Json = False) -> None:
    """End a lead for good; companies that bought it keep it."""
    _show("withdraw", id_, reason, json_)


@lead.command("do-not-sell")
def do_not_sell(id_: Which, reason: Why, json_: Json = False) -> None:
    """Note that the person does not want to be sold, and end the lead; once noted, nothing changes any more."""
    _show("do-not-sell", id_, reason, json_)


@lead.command()
def quarantine(id_: Which, reason: Why, json_: Json = False) -> None:
    """Set a suspicious lead aside; nothing of it is sold until it is released."""
    _show("quarantine", id_, reason, json_)


@lead.command()
def release(
    id_: Which,
    reason: Annotated[str | None, typer.Option(help="Why, if there is anything to say.")] = None,
    json_: Json = False,
) -> None:
    """Put a lead in quarantine back where it waited: for its confirmation, or for review."""
    _show("release", id_, reason, json_)


def _show(verb: str, lead_id: UUID, reason: str | None, as_json: bool) -> None:
    from cli import lead_desk as desk

    done = desk.turn(verb, lead_id, reason)
    print(desk.as_json(done) if as_json else desk.told(done))
