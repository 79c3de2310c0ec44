"""Companies' questions, and the house's answers (SPEC 7.8)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from intake_api.provider_api.support import Message, SupportPage
from intake_api.rest import page, route

blueprint = Blueprint("admin_support", __name__, url_prefix="/api/v1/admin/support-requests")


@route(blueprint, "GET", "", "admin", query=SupportPage)
def support_inbox(session: Session, actor: Actor, given: SupportPage, *, now: datetime) -> Any:
    """Everybody's requests, newest first."""
    rows = providers.support_requests(session, actor=actor, status=given.status, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/<uuid:request_id>", "admin")
def support_thread(session: Session, actor: Actor, _given: None, *, request_id: UUID, now: datetime) -> Any:
    """One request with everything that was written."""
    return {"thread": providers.support_thread(session, actor=actor, request_id=request_id, now=now)}


@route(blueprint, "POST", "/<uuid:request_id>/answer", "admin", body=Message, status=201, shows=support_thread)
def answer(session: Session, actor: Actor, given: Message, *, request_id: UUID, now: datetime) -> None:
    """Answer by mail; the request is answered until they write again."""
    providers.answer_support(session, actor=actor, request_id=request_id, message=given.message, now=now)
