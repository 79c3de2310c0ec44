"""Addresses that get no more mail: listed, looked up, written to again on their owner's word (SPEC 11.3).

An address is named by its key, a keyed hash, so that none stands in a URL or a log.
"""

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import messaging
from core.kit.actor import Actor
from intake_api.rest import LONGEST_PAGE, PAGE, Body, Query, route

blueprint = Blueprint("admin_suppressed", __name__, url_prefix="/api/v1/admin/email-suppressions")
LONGEST_ADDRESS = 320


class SuppressionPage(Query):
    """Where the list goes on: ``after`` is the ``next`` of the page before."""

    after: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


class Address(Body):
    """The address that is asked about."""

    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_ADDRESS)]


@route(blueprint, "GET", "", "admin", query=SuppressionPage)
def suppressions(session: Session, actor: Actor, given: SuppressionPage, *, now: datetime) -> Any:
    """Every address that gets no more mail and why, newest first; addresses are masked."""
    rows = messaging.list_suppressed(session, actor=actor, after=given.after, limit=given.limit)
    return {"items": rows, "next": rows[-1].address_key if len(rows) == given.limit else None}


@route(blueprint, "POST", "/check", "admin", body=Address)
def check(session: Session, actor: Actor, given: Address, *, now: datetime) -> Any:
    """Whether mail to an address is held back, and why; ``suppression`` is null when it is sent."""
    found = messaging.list_suppressed(session, actor=actor, address=given.address, limit=1)
    return {"suppression": found[0] if found else None}


@route(blueprint, "DELETE", "/<address_key>", "admin")
def lift(session: Session, actor: Actor, _given: None, *, address_key: str, now: datetime) -> Any:
    """Send mail to an address again, by its key; only when its owner asked for that."""
    messaging.lift_suppression(session, actor=actor, key=address_key, now=now)
    return {"lifted": address_key}
