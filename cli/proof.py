"""Commands that prove something: the books and the trail, a lead's passport."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make them commands of ``hotleads``."""
    for command in (verify, passport):
        app.command()(command)


def verify(
    passport: Annotated[Path | None, typer.Option(help="Check this copy of a passport instead; needs no database.")] = None,
    key: Annotated[str | None, typer.Option(help="The public key that the copy must be signed with.")] = None,
    json_: Json = False,
) -> None:
    """Check ledger, audit chain, passports and slots; exit code 1 when something is wrong."""
    from cli import report

    if key is not None and passport is None:
        raise typer.BadParameter("--key goes with --passport: it is the key that a copy must be signed with.")
    if passport is not None:
        from cli.passport import check_copy

        raise typer.Exit(report.show(check_copy(passport, key), as_json=json_))
    from cli.data import verify

    raise typer.Exit(report.show(verify(), as_json=json_))


def passport(
    lead: Annotated[UUID, typer.Argument(help="The lead's id.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    json_: Json = False,
) -> None:
    """Write a lead's passport: its story from source and consent to each sale, signed, for anybody to check."""
    from cli.passport import told, write_copy

    written = write_copy(lead, out)
    print(json.dumps(written) if json_ else told(written))
