"""Commands that look back: why a lead went where it went, and what other rules would have made of the past."""

from typing import Annotated
from uuid import UUID

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make them commands of ``hotleads``."""
    for command in (why, replay):
        app.command()(command)


def why(lead: Annotated[UUID, typer.Argument(help="The lead's id.")], json_: Json = False) -> None:
    """Say whom each run of a lead considered, why it was or was not sold to them, and what would have won it."""
    from cli.why import as_json, look, told

    runs = look(lead)
    print(as_json(runs) if json_ else told(runs))


def replay(
    niche: Annotated[str, typer.Argument(help="The niche's short name or id.")],
    since: Annotated[str, typer.Option(help="From this moment on, such as 2026-11-01.")],
    until: Annotated[str, typer.Option(help="Up to this moment.")],
    change: Annotated[
        list[str] | None, typer.Option(help="What is to be otherwise, such as level.Shared.price_cents=3000; may be repeated.")
    ] = None,
    json_: Json = False,
) -> None:
    """Run a niche's past again under other rules, touching nothing, and say what would have changed."""
    from cli.replay import as_json, play, told

    done = play(niche, since=since, until=until, changes=change or [])
    print(as_json(done) if json_ else told(done))
