"""Do-not-contact lists from the command line: upload, show, drop, check, put somebody on our own (SPEC 2.5)."""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

lists = typer.Typer(help="Do-not-contact lists: the house's own and those that companies bring.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Email = Annotated[str | None, typer.Option(help="An e-mail address.")]
Phone = Annotated[str | None, typer.Option(help="A phone number.")]
Whose = Annotated[UUID | None, typer.Option(help="The company whose list it is; without, everybody's.")]


@lists.command("upload")
def upload(
    name: Annotated[str, typer.Argument(help="The list's name; an older list of this name is replaced.")],
    file: Annotated[Path, typer.Argument(help="CSV or text, an e-mail address or a phone number in each line.")],
    made: Annotated[str, typer.Option(help="The day it was made, such as 2026-11-28.")],
    provider: Whose = None,
    json_: Json = False,
) -> None:
    """Put a list in force; only hashes of it are kept."""
    from cli import list_desk as desk
    from cli.moments import day

    put = desk.upload(name, file, day(made), provider)
    print(_json(put) if json_ else f"{put.name} is in force with {put.entries:,} entries.")


@lists.command("show")
def show(json_: Json = False) -> None:
    """The lists in force, each with its date."""
    from cli import list_desk as desk

    found = desk.show()
    print(_json({"items": found}) if json_ else desk.told(found))


@lists.command("drop")
def drop(
    name: Annotated[str, typer.Argument(help="The list's name.")],
    provider: Whose = None,
    json_: Json = False,
) -> None:
    """Stop using a list; what is on our own stays there."""
    from cli import list_desk as desk

    was = desk.drop(name, provider)
    print(_json({"dropped": was.name}) if json_ else f"{was.name} is used no more.")


@lists.command("block")
def block(
    reason: Annotated[str, typer.Option(help="How the wish came; kept in the trail, up to 1,000 characters.")],
    email: Email = None,
    phone: Phone = None,
    json_: Json = False,
) -> None:
    """Put a contact on our own list: nobody takes it in or sells it from now on."""
    from cli import list_desk as desk

    listed = desk.turn("block", email, phone, reason)
    print(_json({"listed": listed}) if json_ else "On our own list.")


@lists.command("unblock")
def unblock(
    reason: Annotated[str, typer.Option(help="Why; kept in the trail, up to 1,000 characters.")],
    email: Email = None,
    phone: Phone = None,
    json_: Json = False,
) -> None:
    """Take a contact off our own list; uploaded ones stay as they are."""
    from cli import list_desk as desk

    listed = desk.turn("unblock", email, phone, reason)
    words = "An uploaded list still holds it." if listed else "On no list any more."
    print(_json({"listed": listed}) if json_ else words)


@lists.command("check")
def check(email: Email = None, phone: Phone = None, json_: Json = False) -> None:
    """What each list says of a contact; exit code 1 unless it is on none and all are fresh."""
    from cli import list_desk as desk

    asked = desk.check(email, phone)
    print(_json({"clear": asked.clear, "items": asked.answers}) if json_ else desk.told_of(asked))
    raise typer.Exit(0 if asked.clear else 1)


def _json(told: Any) -> str:
    from pydantic_core import to_jsonable_python

    return json.dumps(to_jsonable_python(told))
