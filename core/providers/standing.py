"""A provider's standing: pending, active, suspended, deactivated, and what follows from a change (SPEC 1.3, 1.8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, audit
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.errors import Conflict, Invalid
from core.kit.mail import request_mail
from core.providers.funding import settle
from core.providers.models import Provider
from core.providers.scope import lock_provider

# From each status, where an admin may take it; pending becomes active by ``activate`` alone.
STEPS = {
    "pending": ("active", "deactivated"),
    "active": ("suspended", "deactivated"),
    "suspended": ("active", "deactivated"),
    "deactivated": ("active",),
}


class ProfileIncomplete(Conflict):
    """An account is activated after its profile is complete (SPEC 1.3)."""


class IllegalStanding(Conflict):
    """The provider's status can't become that one from where it is."""


def activate(session: Session, *, actor: Actor, provider_id: UUID, now: datetime) -> Provider:
    """Let a pending provider with a complete profile see and receive leads; they are welcomed by mail (SPEC 1.3)."""
    actor.require("admin")
    provider = lock_provider(session, provider_id)
    if provider.status != "pending":
        raise IllegalStanding("provider.not_pending", f"This provider is {provider.status}, not waiting for activation.")
    if provider.profile_completed_at is None:
        raise ProfileIncomplete(
            "provider.profile_incomplete", "The profile is not complete yet. Ask the provider to complete it."
        )
    _move(session, actor, provider, "active", None, now)
    context = {"company": provider.company_name, "link": settings().base_url + "/"}
    request_mail(session, "welcome", key=str(provider.id), now=now, provider_id=provider.id, context=context)
    return provider


def set_status(session: Session, *, actor: Actor, provider_id: UUID, status: str, reason: str, now: datetime) -> Provider:
    """Suspend, deactivate or bring back a provider, with a reason that is mailed to its users (SPEC 1.8).

    Leaving ``active`` stops its subscriptions and ends its users' sessions at once; coming back restores both
    what the wallet can pay for and the right to sign in.
    """
    actor.require("admin")
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        sentence = "Give a reason (at most 500 characters)."
        raise Invalid("reason.missing", sentence, fields={"reason": sentence})
    provider = lock_provider(session, provider_id)
    if status not in STEPS.get(provider.status, ()):
        allowed = " or ".join(STEPS[provider.status])
        raise IllegalStanding("provider.illegal_status", f"A provider that is {provider.status} can only become {allowed}.")
    if provider.status == "pending" and status == "active":
        return activate(session, actor=actor, provider_id=provider_id, now=now)
    _move(session, actor, provider, status, reason, now)
    if status != "active":
        accounts.revoke_provider_sessions(session, provider_id=provider_id, reason=f"provider {status}", now=now)
    people = text("select id from user_account where provider_id = :p and status in ('pending', 'active') order by id")
    for user_id in session.scalars(people, {"p": provider_id}):  # not to who has left it
        context = {"status": status, "reason": reason}
        request_mail(session, "account_status", key=f"{user_id}:{now.isoformat()}", now=now, user_id=user_id, context=context)
    return provider


def _move(session: Session, actor: Actor, provider: Provider, status: str, reason: str | None, now: datetime) -> None:
    before = {"status": provider.status}
    provider.status, provider.status_reason, provider.updated_at = status, reason, now
    if status == "active":
        provider.activated_at = provider.activated_at or now
    session.flush()
    settle(session, provider.id, now=now)
    audit.record(
        session,
        actor,
        "provider.status_changed",
        entity_type="provider",
        entity_id=provider.id,
        before=before,
        after={"status": status, "reason": reason},
        now=now,
    )
