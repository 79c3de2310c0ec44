"""A company's endpoints: added, changed, given a new secret, switched off and on, removed; by its owner (SPEC 7.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import accounts, audit
from core.delivery.carry import ask_again
from core.delivery.endpoint_checks import checked_endpoint
from core.delivery.errors import EndpointInvalid, EndpointNotFound, EndpointOff
from core.delivery.mapping import check_kind
from core.delivery.models import WebhookEndpoint
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.ids import uuid7

MOST_ENDPOINTS = 10
GRACE = timedelta(hours=24)
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('webhooks:' || cast(:provider as text), 0))")


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One endpoint without its secrets; ``has_credentials``: it sends an Authorization header of the receiver's own."""

    id: UUID
    name: str
    kind: str
    url: str
    events: tuple[str, ...]
    mapping: Mapping[str, str]
    has_credentials: bool
    active: bool
    stopped_reason: str | None
    failures: int
    failing_since: datetime | None
    calls_from: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint with the secret that signs its calls, told this once."""

    endpoint: EndpointView
    secret: str


def list_endpoints(session: Session, *, actor: Actor) -> list[EndpointView]:
    """The endpoints of the actor's company, oldest first."""
    wanted = select(WebhookEndpoint).where(
        WebhookEndpoint.provider_id == actor.require_provider(), WebhookEndpoint.removed_at.is_(None)
    )
    return [_view(row) for row in session.scalars(wanted.order_by(WebhookEndpoint.id))]


def add_endpoint(
    session: Session,
    *,
    actor: Actor,
    name: str,
    url: str,
    kind: str = "json",
    events: Sequence[str] = ("lead.assigned", "lead.refunded", "lead.revoked"),
    mapping: Mapping[str, str] | None = None,
    authorization: str | None = None,
    now: datetime,
) -> NewEndpoint:
    """Call this address about these events from now on. Raises ``EndpointInvalid`` naming the field that is wrong."""
    provider_id = accounts.require_owner(session, actor)
    checked = checked_endpoint(name=name, url=url, events=events, mapping=mapping or {}, authorization=authorization)
    session.execute(_ONE_AT_A_TIME, {"provider": provider_id})  # two at once can't both be the tenth
    if len(list_endpoints(session, actor=actor)) >= MOST_ENDPOINTS:
        raise EndpointInvalid("name", f"A company has at most {MOST_ENDPOINTS} webhooks. Remove one first.")
    secret = _new_secret()
    row = WebhookEndpoint(id=uuid7(), provider_id=provider_id, kind=check_kind(kind), created_at=now, updated_at=now, **checked)
    row.secret = crypto.seal(secret, purpose="webhook")
    session.add(row)
    session.flush()
    _record(session, actor, "webhook.added", row, now, _told(row))
    return NewEndpoint(_view(row), secret)


def edit_endpoint(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime, **wanted: Any) -> EndpointView:
    """Change name, url, events, mapping or authorization (an empty one removes it); what is not given stays."""
    row = _own(session, actor, endpoint_id)
    before = _told(row)
    given = {"name": row.name, "url": row.url, "events": row.events, "mapping": row.mapping} | wanted
    checked = checked_endpoint(authorization=given.pop("authorization", None), **given)
    if "authorization" not in wanted:
        checked.pop("credentials")
    for field, value in checked.items():
        setattr(row, field, value)
    row.calls_from, row.updated_at = None, now  # it was changed to work again: try at once
    session.flush()
    _record(session, actor, "webhook.edited", row, now, _told(row), before)
    ask_again(session, endpoint_id=row.id, now=now)
    return _view(row)


def rotate_secret(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> NewEndpoint:
    """A new secret; the old one signs beside it for another 24 hours."""
    row = _own(session, actor, endpoint_id)
    secret = _new_secret()
    row.former_secret, row.former_until = row.secret, now + GRACE
    row.secret, row.updated_at = crypto.seal(secret, purpose="webhook"), now
    session.flush()
    _record(session, actor, "webhook.secret_rotated", row, now, {})
    return NewEndpoint(_view(row), secret)


def switch_endpoint(session: Session, *, actor: Actor, endpoint_id: UUID, active: bool, now: datetime) -> EndpointView:
    """Stop calling an endpoint, or call it again; what came meanwhile is not sent (``replay_failed`` sends what failed)."""
    row = _own(session, actor, endpoint_id)
    if row.active != active:
        row.active, row.stopped_reason, row.updated_at = active, None, now
        row.failures, row.failing_since, row.calls_from = 0, None, None
        session.flush()
        _record(session, actor, "webhook.switched_on" if active else "webhook.switched_off", row, now, {})
        ask_again(session, endpoint_id=row.id, now=now)
    return _view(row)


def remove_endpoint(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> None:
    """Never call it again; its log stays for the trail."""
    row = _own(session, actor, endpoint_id)
    row.active, row.removed_at, row.updated_at = False, now, now
    session.flush()
    _record(session, actor, "webhook.removed", row, now, {})


def own_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """One of the actor's company's endpoints, to read; raises ``EndpointNotFound``."""
    return _found(session, endpoint_id, actor.require_provider(), lock=False)


def called_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """One of the company's endpoints that is called, kept from others who want something sent to it at this moment.

    Raises ``EndpointNotFound``, and ``EndpointOff`` for one that is switched off: what nobody sends must not be said to be
    on its way.
    """
    row = _found(session, endpoint_id, actor.require_provider(), lock=True)
    if not row.active:
        raise EndpointOff
    return row


def _own(session: Session, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    return _found(session, endpoint_id, accounts.require_owner(session, actor), lock=True)


def _found(session: Session, endpoint_id: UUID, provider_id: UUID, *, lock: bool) -> WebhookEndpoint:
    wanted = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.provider_id == provider_id, WebhookEndpoint.removed_at.is_(None)
    )
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    row = session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise EndpointNotFound
    return row


def _new_secret() -> str:
    return f"whsec_{crypto.new_token()}"


def _view(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(
        id=row.id, name=row.name, kind=row.kind, url=row.url, events=tuple(row.events), mapping=dict(row.mapping),
        has_credentials=row.credentials is not None, active=row.active, stopped_reason=row.stopped_reason, failures=row.failures,
        failing_since=row.failing_since, calls_from=row.calls_from, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip


def _told(row: WebhookEndpoint) -> dict[str, Any]:
    """What the trail may know: the host, never the whole address, which may hold a token."""
    return {"name": row.name, "host": urlsplit(row.url).hostname, "kind": row.kind, "events": list(row.events)}


def _record(
    session: Session,
    actor: Actor,
    action: str,
    row: WebhookEndpoint,
    now: datetime,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(session, actor, action, entity_type="webhook", entity_id=row.id, now=now, before=before, after=after)
