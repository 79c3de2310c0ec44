"""What the commands ``hotleads lists ...`` do, as the system user (SPEC 2.5)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

import core.tables  # noqa: F401
from cli.files import content
from core import leads
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import NotFound
from core.kit.local import use_services
from core.leads import ContactCheck


@dataclass(frozen=True, slots=True)
class InForce:
    """One list: everybody's when it has no company."""

    name: str
    provider_id: UUID | None
    company: str | None
    list_date: date
    entries: int
    fresh: bool


def upload(name: str, file: Path, made: date, provider: UUID | None) -> InForce:
    """Put a list in force in place of its older self. Raises in words."""
    given = {"name": name, "list_date": made, "content": content(file)}
    with use_services(), transaction() as session:
        if provider is None:
            leads.replace_list_from(session, actor=SYSTEM, now=utc_now(), **given)  # type: ignore[arg-type]
        else:
            leads.upload_own_list(session, actor=SYSTEM, provider_id=provider, now=utc_now(), **given)  # type: ignore[arg-type]
        return _named(session, name, provider)


def show() -> list[InForce]:
    """Every list in force, everybody's first."""
    with use_services(), transaction() as session:
        return _all(session)


def drop(name: str, provider: UUID | None) -> InForce:
    """Stop using a list; returns what it was. Raises ``NotFound`` with the names there are."""
    with use_services(), transaction() as session:
        was = _named(session, name, provider)
        if provider is None:
            leads.drop_list(session, actor=SYSTEM, name=was.name, now=utc_now())
        else:
            leads.drop_own_list(session, actor=SYSTEM, name=was.name, provider_id=provider, now=utc_now())
        return was


def turn(verb: Literal["block", "unblock"], email: str | None, phone: str | None, reason: str) -> bool:
    """Put a contact on our own list or take it off; whether any list of everybody's holds it now. Raises in words."""
    do = leads.block_contact if verb == "block" else leads.unblock_contact
    with use_services(), transaction() as session:
        do(session, actor=SYSTEM, email=email, phone=phone, reason=reason, now=utc_now())
        return leads.is_blocked(session, email=email, phone=phone)


def check(email: str | None, phone: str | None) -> ContactCheck:
    """What each list says of a contact. Raises in words."""
    with use_services(), transaction() as session:
        return leads.check_contact(session, actor=SYSTEM, email=email, phone=phone, now=utc_now())


def told(found: list[InForce]) -> str:
    """A line each."""
    lines = [
        f"{one.list_date}  {'ok      ' if one.fresh else 'TOO OLD '}  {one.company or 'everybody'}: {one.name} ({one.entries:,})"
        for one in found
    ]
    return "\n".join(lines) or "No list is in force beside our own."


def told_of(asked: ContactCheck) -> str:
    """A line for each list, then what follows."""
    lines = [
        f"{one.list_date or 'always'!s:<10}  {_says(one):<14}  {one.company or 'everybody'}: {one.name}" for one in asked.answers
    ]
    return "\n".join([*lines, "Clear." if asked.clear else "Do not contact."])


def _says(one: leads.ListAnswer) -> str:
    return "listed" if one.listed else "not listed" if one.fresh else "too old to say"


def _all(session: Session) -> list[InForce]:
    house = leads.house_lists(session, actor=SYSTEM, now=utc_now())
    brought = leads.own_lists(session, actor=SYSTEM, now=utc_now())
    return [InForce(one.name, None, None, one.list_date, one.entries, one.fresh) for one in house] + [
        InForce(one.name, one.provider_id, one.company, one.list_date, one.entries, one.fresh) for one in brought
    ]


def _named(session: Session, name: str, provider: UUID | None) -> InForce:
    found = [one for one in _all(session) if one.provider_id == provider]
    plain = " ".join(name.split())
    if (one := next((one for one in found if one.name == plain), None)) is None:
        there = ", ".join(one.name for one in found) or "none"
        raise NotFound("list.unknown", f"There is no list named {plain}. There are: {there}.")
    return one
