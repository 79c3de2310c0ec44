"""API keys of a partner's programs: made, rotated and revoked by admins (SPEC 1.1)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import accounts
from core.kit.actor import Actor
from intake_api.provider_api.keys import KeyWanted
from intake_api.rest import route

blueprint = Blueprint("admin_partner_keys", __name__, url_prefix="/api/v1/admin/partners/<uuid:partner_id>/api-keys")


@route(blueprint, "GET", "", "admin", "analyst")
def list_keys(session: Session, actor: Actor, _given: None, *, partner_id: UUID, now: datetime) -> Any:
    """Every key of the partner without its secret, newest first; ``scopes`` lists what a key can be allowed."""
    return {"items": accounts.list_keys(session, actor=actor, partner_id=partner_id), "scopes": accounts.PARTNER_SCOPES}


@route(blueprint, "POST", "", "admin", body=KeyWanted, status=201)
def create(session: Session, actor: Actor, given: KeyWanted, *, partner_id: UUID, now: datetime) -> Any:
    """A new key; its ``token`` is told this once."""
    return accounts.create_key(session, actor=actor, partner_id=partner_id, **given.model_dump(), now=now)


@route(blueprint, "POST", "/<uuid:key_id>/rotate", "admin", status=201)
def rotate(session: Session, actor: Actor, _given: None, *, partner_id: UUID, key_id: UUID, now: datetime) -> Any:
    """A new secret under the same name and scopes; the old one works for another day."""
    return accounts.rotate_key(session, actor=actor, partner_id=partner_id, key_id=key_id, now=now)


@route(blueprint, "DELETE", "/<uuid:key_id>", "admin")
def revoke(session: Session, actor: Actor, _given: None, *, partner_id: UUID, key_id: UUID, now: datetime) -> Any:
    """End a key at once."""
    accounts.revoke_key(session, actor=actor, partner_id=partner_id, key_id=key_id, now=now)
    return {"revoked": key_id}
