"""Do-not-contact lists that hold for everybody: in force, uploaded, dropped; people put on our own (SPEC 2.5)."""

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from intake_api.provider_api.own_lists import Contact, NewList
from intake_api.rest import route

blueprint = Blueprint("admin_house_lists", __name__, url_prefix="/api/v1/admin/do-not-contact")


@route(blueprint, "GET", "", "admin", "analyst")
def house_lists(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The uploaded lists; nothing is sold while one of them is not fresh."""
    return {"items": leads.house_lists(session, actor=actor, now=now)}


@route(blueprint, "POST", "", "admin", body=NewList, status=201)
def upload(session: Session, actor: Actor, given: NewList, *, now: datetime) -> Any:
    """Put a list in force for everybody in place of its older self; only hashes of it are kept."""
    content = given.content.encode()
    read = leads.replace_list_from(session, actor=actor, name=given.name, list_date=given.list_date, content=content, now=now)
    return {"list": {"name": given.name, "list_date": given.list_date, "entries": len(read.keys), "unreadable": read.unreadable}}


class Named(Contact):
    """Whom it is about, and how their wish came; kept in the trail, for administrators."""

    reason: Annotated[str, StringConstraints(max_length=1000)]


@route(blueprint, "POST", "/block", "admin", body=Named, status=201)
def block(session: Session, actor: Actor, given: Named, *, now: datetime) -> Any:
    """Put a contact on our own list: nobody takes it in or sells it from now on; only hashes of it are kept."""
    leads.block_contact(session, actor=actor, email=given.email, phone=given.phone, reason=given.reason, now=now)
    return {"listed": leads.is_blocked(session, email=given.email, phone=given.phone)}


@route(blueprint, "POST", "/unblock", "admin", body=Named)
def unblock(session: Session, actor: Actor, given: Named, *, now: datetime) -> Any:
    """Take a contact off our own list; ``listed`` is true when an uploaded list still holds it."""
    leads.unblock_contact(session, actor=actor, email=given.email, phone=given.phone, reason=given.reason, now=now)
    return {"listed": leads.is_blocked(session, email=given.email, phone=given.phone)}


@route(blueprint, "DELETE", "/<name>", "admin")
def drop(session: Session, actor: Actor, _given: None, *, name: str, now: datetime) -> Any:
    """Stop using a list; one that does not exist is none either."""
    leads.drop_list(session, actor=actor, name=name, now=now)
    return {"dropped": name}
