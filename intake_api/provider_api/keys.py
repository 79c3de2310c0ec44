"""API keys of the caller's company: made, rotated and revoked by its owner (SPEC 1.1, 7.8)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import accounts
from core.kit.actor import Actor
from intake_api.rest import Body, route

blueprint = Blueprint("provider_keys", __name__, url_prefix="/api/v1/provider/api-keys")


class KeyWanted(Body):
    """A key's name, what it may do, and for how many days (``null``: until it is revoked)."""

    name: Annotated[str, StringConstraints(max_length=200)]
    scopes: Annotated[list[str], Field(max_length=50)]
    days: StrictInt | None = 365


@route(blueprint, "GET", "", "provider")
def list_keys(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every key of the company without its secret, newest first; ``scopes`` lists what a key can be allowed."""
    return {"items": accounts.list_keys(session, actor=actor), "scopes": accounts.PROVIDER_SCOPES}


@route(blueprint, "POST", "", "provider", body=KeyWanted, status=201)
def create(session: Session, actor: Actor, given: KeyWanted, *, now: datetime) -> Any:
    """A new key; its ``token`` is told this once. For owners."""
    return accounts.create_key(session, actor=actor, **given.model_dump(), now=now)


@route(blueprint, "POST", "/<uuid:key_id>/rotate", "provider", status=201)
def rotate(session: Session, actor: Actor, _given: None, *, key_id: UUID, now: datetime) -> Any:
    """A new secret under the same name and scopes; the old one works for another day. For owners."""
    return accounts.rotate_key(session, actor=actor, key_id=key_id, now=now)


@route(blueprint, "DELETE", "/<uuid:key_id>", "provider")
def revoke(session: Session, actor: Actor, _given: None, *, key_id: UUID, now: datetime) -> Any:
    """End a key at once. For owners."""
    accounts.revoke_key(session, actor=actor, key_id=key_id, now=now)
    return {"revoked": key_id}
