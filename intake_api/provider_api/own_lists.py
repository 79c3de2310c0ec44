"""A company's own do-not-contact lists: in force, uploaded, dropped; one contact checked (SPEC 2.5)."""

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from intake_api.rest import Body, Day, route

blueprint = Blueprint("provider_own_lists", __name__, url_prefix="/api/v1/provider/do-not-contact")
Name = Annotated[str, StringConstraints(max_length=100)]


class NewList(Body):
    """A list as of the day it was made; ``content`` has an e-mail address or a phone number in each line."""

    name: Name
    list_date: Day
    content: str = Field(max_length=20_000_000)


class Contact(Body):
    """An e-mail address, a phone number, or both."""

    email: str | None = None
    phone: str | None = None


@route(blueprint, "GET", "", "provider")
def own_lists(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The lists in force, each with the last day it is good for."""
    return {"items": leads.own_lists(session, actor=actor, now=now)}


@route(blueprint, "POST", "", "provider", body=NewList, status=201)
def upload(session: Session, actor: Actor, given: NewList, *, now: datetime) -> Any:
    """Put a list in force in place of its older self; only hashes of it are kept."""
    content = given.content.encode()
    done = leads.upload_own_list(session, actor=actor, name=given.name, list_date=given.list_date, content=content, now=now)
    return {"list": {"name": given.name, "list_date": given.list_date, "entries": done.entries, "unreadable": done.unreadable}}


@route(blueprint, "DELETE", "/<name>", "provider")
def drop(session: Session, actor: Actor, _given: None, *, name: str, now: datetime) -> Any:
    """Stop using a list."""
    leads.drop_own_list(session, actor=actor, name=name, now=now)
    return {"dropped": name}


@route(blueprint, "POST", "/check", "provider", body=Contact)
def check(session: Session, actor: Actor, given: Contact, *, now: datetime) -> Any:
    """What each list says of a contact, with its date; one that is too old counts against it."""
    return {"check": leads.check_contact(session, actor=actor, email=given.email, phone=given.phone, now=now)}
