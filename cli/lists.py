"""Do-not-contact lists from the command line: upload, show, check, put somebody on our own (SPEC 2.5)."""

from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

lists = typer.Typer(help="Do-not-contact lists: the house's own and those that companies bring.", no_args_is_help=True)


@lists.command("upload")
def upload(
    name: Annotated[str, typer.Argument(help="The list's name; an older list of this name is replaced.")],
    file: Annotated[Path, typer.Argument(help="CSV or text, an e-mail address or a phone number in each line.")],
    made: Annotated[str, typer.Option(help="The day it was made, such as 2026-11-28.")],
    provider: Annotated[UUID | None, typer.Option(help="The company whose list it is; without, everybody's.")] = None,
) -> None:
    """Put a list in force; only hashes of it are kept."""
    day, content = _day(made), _content(file)
    from core import leads
    from core.kit.actor import SYSTEM
    from core.kit.clock import utc_now

    now = utc_now()
    with _session() as session:
        if provider is None:
            read = leads.replace_list_from(session, actor=SYSTEM, name=name, list_date=day, content=content, now=now)
            taken = len(read.keys)
        else:
            own = leads.upload_own_list(
                session, actor=SYSTEM, name=name, list_date=day, content=content, provider_id=provider, now=now
            )
            taken = own.entries
    print(f"{name} is in force with {taken:,} entries.")


@lists.command("show")
def show() -> None:
    """The lists in force, each with its date."""
    from core import leads
    from core.kit.actor import SYSTEM
    from core.kit.clock import utc_now

    with _session() as session:
        house = leads.house_lists(session, actor=SYSTEM, now=utc_now())
        brought = leads.own_lists(session, actor=SYSTEM, now=utc_now())
    for one in house:
        print(f"{one.list_date}  {'ok      ' if one.fresh else 'TOO OLD '}  everybody: {one.name} ({one.entries:,})")
    for each in brought:
        print(f"{each.list_date}  {'ok      ' if each.fresh else 'TOO OLD '}  {each.company}: {each.name} ({each.entries:,})")
    if not (house or brought):
        print("No list is in force beside our own.")


@lists.command("block")
def block(
    reason: Annotated[str, typer.Option(help="How the wish came; kept in the trail, up to 1,000 characters.")],
    email: Annotated[str | None, typer.Option(help="An e-mail address.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone number.")] = None,
) -> None:
    """Put a contact on our own list: nobody takes it in or sells it from now on."""
    _turn("block_contact", email, phone, reason)
    print("On our own list.")


@lists.command("unblock")
def unblock(
    reason: Annotated[str, typer.Option(help="Why; kept in the trail, up to 1,000 characters.")],
    email: Annotated[str | None, typer.Option(help="An e-mail address.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone number.")] = None,
) -> None:
    """Take a contact off our own list; uploaded ones stay as they are."""
    print("An uploaded list still holds it." if _turn("unblock_contact", email, phone, reason) else "On no list any more.")


@lists.command("check")
def check(
    email: Annotated[str | None, typer.Option(help="An e-mail address.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone number.")] = None,
) -> None:
    """What each list says of a contact; exit code 1 unless it is on none and all are fresh."""
    from core import leads
    from core.kit.actor import SYSTEM
    from core.kit.clock import utc_now

    with _session() as session:
        told = leads.check_contact(session, actor=SYSTEM, email=email, phone=phone, now=utc_now())
    for one in told.answers:
        says = "listed" if one.listed else "not listed" if one.fresh else "too old to say"
        print(f"{one.list_date or 'always':<10}  {says:<14}  {one.company or 'everybody'}: {one.name}")
    print("Clear." if told.clear else "Do not contact.")
    raise typer.Exit(0 if told.clear else 1)


def _turn(verb: str, email: str | None, phone: str | None, reason: str) -> bool:
    """Do one of the verbs of our own list; whether any list holds the contact now."""
    from core import leads
    from core.kit.actor import SYSTEM
    from core.kit.clock import utc_now

    with _session() as session:
        getattr(leads, verb)(session, actor=SYSTEM, email=email, phone=phone, reason=reason, now=utc_now())
        return leads.is_blocked(session, email=email, phone=phone)


def _session():  # type: ignore[no-untyped-def]  # a context manager of two, typed where they are
    from contextlib import ExitStack, contextmanager

    import core.tables  # noqa: F401
    from core.kit.db import transaction
    from core.kit.local import use_services

    @contextmanager
    def opened():  # type: ignore[no-untyped-def]
        with ExitStack() as stack:
            stack.enter_context(use_services())
            yield stack.enter_context(transaction())

    return opened()


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise typer.BadParameter("Give the day as 2026-11-28.", param_hint="--made") from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read ({error.strerror}).") from error
