"""Which kinds of e-mail a provider's users want (SPEC 7.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Invalid
from core.providers.models import NotificationPreference
from core.providers.scope import provider_of

# Kinds a provider may switch off. Mail about the account itself (sign-in, status, price rises) always goes out.
OPTIONAL_MAIL = {
    "new_lead": "A new lead was delivered to us",
    "subscription_deactivated": "A subscription stopped because the balance is too low",
    "subscription_reactivated": "A subscription is running again",
    "low_balance": "The balance fell below our reminder",
}


@dataclass(frozen=True, slots=True)
class Preference:
    """One kind of e-mail and whether it is wanted."""

    template: str
    label: str
    enabled: bool


def get_preferences(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> list[Preference]:
    """Every kind of e-mail that can be switched off, all on by default (SPEC 7.6)."""
    owner = provider_of(actor, provider_id, "admin", "analyst")
    rows = session.execute(
        select(NotificationPreference.template_key, NotificationPreference.enabled).where(
            NotificationPreference.provider_id == owner
        )
    )
    chosen = dict(rows.all())
    return [Preference(template, label, chosen.get(template, True)) for template, label in OPTIONAL_MAIL.items()]


def set_preferences(
    session: Session, *, actor: Actor, choices: Mapping[str, bool], provider_id: UUID | None = None, now: datetime
) -> list[Preference]:
    """Switch kinds of e-mail on or off; those not named stay as they are (SPEC 7.6)."""
    owner = provider_of(actor, provider_id, "admin")
    unknown = {name: "There is no such kind of e-mail." for name in choices if name not in OPTIONAL_MAIL}
    if unknown:
        raise Invalid("preferences.unknown", "Some kinds of e-mail do not exist.", fields=unknown)
    for template, enabled in choices.items():
        row = insert(NotificationPreference).values(provider_id=owner, template_key=template, enabled=enabled)
        session.execute(row.on_conflict_do_update(index_elements=["provider_id", "template_key"], set_={"enabled": enabled}))
    if choices:
        audit.record(
            session, actor, "provider.preferences_changed", entity_type="provider", entity_id=owner, after=dict(choices), now=now
        )
    return get_preferences(session, actor=actor, provider_id=owner)


def wants_mail(session: Session, *, provider_id: UUID, template: str) -> bool:
    """Whether mail of this kind may go to the provider's users: yes unless they switched it off."""
    row = session.get(NotificationPreference, (provider_id, template))
    return row is None or row.enabled
