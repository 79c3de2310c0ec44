"""The caller's webhooks: endpoints, test send, log, replay (SPEC 7.7)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictBool, StringConstraints
from sqlalchemy.orm import Session

from core import delivery
from core.kit.actor import Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("provider_webhooks", __name__, url_prefix="/api/v1/provider/webhooks")
Line = Annotated[str, StringConstraints(max_length=2_000)]
Mapping = Annotated[dict[str, str], Field(max_length=100)]


class EndpointWanted(Body):
    """Where to call, about what; ``mapping`` names the receiver's fields and what fills each."""

    name: Line
    url: Line
    kind: Literal["json", "form", "hubspot", "salesforce"] = "json"
    events: Annotated[list[str], Field(max_length=20)] = Field(default=["lead.assigned", "lead.refunded", "lead.revoked"])
    mapping: Mapping = Field(default={})
    authorization: Line | None = None


class EndpointChange(Body):
    """What to change; an empty ``authorization`` removes the header."""

    name: Line | None = None
    url: Line | None = None
    events: Annotated[list[str], Field(max_length=20)] | None = None
    mapping: Mapping | None = None
    authorization: Line | None = None
    active: StrictBool | None = None


class LogPage(Page):
    """A page of an endpoint's log."""

    state: Literal["waiting", "delivered", "failed", "cancelled"] | None = None


class Sketch(Body):
    """A mapping to be tried on a sample."""

    kind: Literal["json", "form", "hubspot", "salesforce"] = "json"
    mapping: Mapping = Field(default={})


@route(blueprint, "GET", "", "provider")
def list_endpoints(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every webhook of the company without its secrets; ``events`` and ``sources`` list what can be chosen."""
    found = delivery.list_endpoints(session, actor=actor)
    return {"items": found, "events": list(delivery.EVENTS.values()), "sources": delivery.SOURCES}


@route(blueprint, "POST", "", "provider", body=EndpointWanted, status=201)
def add(session: Session, actor: Actor, given: EndpointWanted, *, now: datetime) -> Any:
    """A new webhook; the ``secret`` that signs its calls is told this once. For owners."""
    return delivery.add_endpoint(session, actor=actor, **given.model_dump(), now=now)


@route(blueprint, "PUT", "/<uuid:endpoint_id>", "provider", body=EndpointChange)
def edit(session: Session, actor: Actor, given: EndpointChange, *, endpoint_id: UUID, now: datetime) -> Any:
    """Change a webhook, switch it off or on. For owners."""
    wanted = {name: value for name, value in given.model_dump(exclude={"active"}).items() if value is not None}
    changed = delivery.edit_endpoint(session, actor=actor, endpoint_id=endpoint_id, now=now, **wanted)
    if given.active is not None:
        changed = delivery.switch_endpoint(session, actor=actor, endpoint_id=endpoint_id, active=given.active, now=now)
    return {"endpoint": changed}


@route(blueprint, "DELETE", "/<uuid:endpoint_id>", "provider")
def remove(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, now: datetime) -> Any:
    """Never call it again. For owners."""
    delivery.remove_endpoint(session, actor=actor, endpoint_id=endpoint_id, now=now)
    return {"removed": endpoint_id}


@route(blueprint, "POST", "/<uuid:endpoint_id>/secret", "provider", status=201)
def rotate(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, now: datetime) -> Any:
    """A new secret; the old one signs beside it for another 24 hours. For owners."""
    return delivery.rotate_secret(session, actor=actor, endpoint_id=endpoint_id, now=now)


@route(blueprint, "POST", "/<uuid:endpoint_id>/test", "provider", status=202)
def test(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, now: datetime) -> Any:
    """Send a sample; the log shows what was answered."""
    return {"delivery_id": delivery.test_send(session, actor=actor, endpoint_id=endpoint_id, now=now)}


@route(blueprint, "POST", "/preview", "provider", body=Sketch)
def preview(session: Session, actor: Actor, given: Sketch, *, now: datetime) -> Any:
    """What a mapping makes of a sample; nothing is sent."""
    return {"body": delivery.preview(given.kind, given.mapping, delivery.SAMPLE)}


@route(blueprint, "GET", "/<uuid:endpoint_id>/deliveries", "provider", query=LogPage)
def log(session: Session, actor: Actor, given: LogPage, *, endpoint_id: UUID, now: datetime) -> Any:
    """What was sent to a webhook, newest first, with its latest answer."""
    rows = delivery.deliveries(
        session, actor=actor, endpoint_id=endpoint_id, state=given.state, before_id=given.after, limit=given.limit
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>", "provider")
def attempts(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> Any:
    """Every call of one delivery with the beginning of its answer."""
    found = delivery.attempts_of(session, actor=actor, endpoint_id=endpoint_id, delivery_id=delivery_id)
    return {"attempts": found}


@route(blueprint, "POST", "/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay", "provider", status=202)
def replay(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> Any:
    """Send one thing again, as it stands now."""
    again = delivery.replay(session, actor=actor, endpoint_id=endpoint_id, delivery_id=delivery_id, now=now)
    return {"delivery_id": again}


@route(blueprint, "POST", "/<uuid:endpoint_id>/replay-failed", "provider", status=202)
def replay_failed(session: Session, actor: Actor, _given: None, *, endpoint_id: UUID, now: datetime) -> Any:
    """Send everything again that was given up and not sent since."""
    return {"replayed": delivery.replay_failed(session, actor=actor, endpoint_id=endpoint_id, now=now)}
