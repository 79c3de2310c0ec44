"""Keys of programs: made, rotated, revoked; each belongs to one company or one partner and names what it may do (SPEC 1.1).

A key is ``hl_<id>_<secret>``. The secret is shown once and kept as a SHA-256: 32 random bytes need no slow hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.accounts.errors import KeyInvalid, KeyReplaced, KeyUnknown
from core.accounts.models import ApiKey
from core.accounts.team import require_owner
from core.kit.actor import Actor
from core.kit.crypto import new_token, token_hash
from core.kit.ids import uuid7

ProviderScope = Literal[
    "leads.read", "leads.write", "company.read", "company.write", "billing.read", "billing.write",
    "marketplace.read", "marketplace.buy", "reports.read", "reports.write", "webhooks",
]  # fmt: skip
PartnerScope = Literal["intake", "ping", "payouts"]
PROVIDER_SCOPES: tuple[str, ...] = get_args(ProviderScope)
PARTNER_SCOPES: tuple[str, ...] = get_args(PartnerScope)
LONGEST_DAYS, MOST_KEYS, GRACE = 730, 20, timedelta(hours=24)
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('api_keys:' || cast(:holder as text), 0))")


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key without its secret; ``ending`` is the secret's last four characters."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    ending: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None

    def live(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return (self.revoked_at is None or self.revoked_at > now) and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; ``token`` is never shown again."""

    key: KeyView
    token: str


def create_key(
    session: Session,
    *,
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    partner_id: UUID | None = None,
    days: int | None = 365,
    now: datetime,
) -> NewKey:
    """Make a key for the actor's company (owners), or for a partner (admins); ``days`` until it expires, ``None``: never.

    Raises ``KeyInvalid`` with the field that is wrong. The token in the answer is the only copy.
    """
    provider_id = _owner(session, actor, partner_id)
    _check(name, scopes, days, allowed=PARTNER_SCOPES if partner_id else PROVIDER_SCOPES)
    session.execute(_ONE_AT_A_TIME, {"holder": provider_id or partner_id})  # two at once can't both be the twentieth
    if len([key for key in _keys(session, provider_id, partner_id) if key.live(now)]) >= MOST_KEYS:
        raise KeyInvalid("name", f"There can be {MOST_KEYS} keys at a time. Revoke one that is not used any more.")
    expires = None if days is None else now + timedelta(days=days)
    return _make(session, actor, provider_id, partner_id, name.strip(), sorted(set(scopes)), expires, now=now)


def rotate_key(session: Session, *, actor: Actor, key_id: UUID, partner_id: UUID | None = None, now: datetime) -> NewKey:
    """A new secret under the same name and scopes; the old key works for another 24 hours, so that nothing breaks.

    Once: rotated again and again it would never end. Raises ``KeyReplaced``.
    """
    old = _locked(session, actor, key_id, partner_id, now=now)
    if old.replaced_by is not None:
        raise KeyReplaced("api_key.replaced", "This key was rotated already. Rotate the newer one, or revoke this one.")
    life = None if old.expires_at is None else old.expires_at - old.created_at
    expires = None if life is None else now + life
    made = _make(session, actor, old.provider_id, old.partner_id, old.name, old.scopes, expires, now=now)
    old.replaced_by, old.revoked_at = made.key.id, min(now + GRACE, old.expires_at or now + GRACE)
    session.flush()
    _record(session, actor, "api_key.rotated", old, now, {"replaced_by": str(made.key.id), "works_until": str(old.revoked_at)})
    return made


def revoke_key(session: Session, *, actor: Actor, key_id: UUID, partner_id: UUID | None = None, now: datetime) -> None:
    """End a key at once."""
    key = _locked(session, actor, key_id, partner_id, now=now)
    key.revoked_at = now
    session.flush()
    _record(session, actor, "api_key.revoked", key, now, {})


def list_keys(session: Session, *, actor: Actor, partner_id: UUID | None = None) -> list[KeyView]:
    """The keys of the actor's company, or of a partner (staff), newest first; revoked ones too."""
    if partner_id is None:
        return _keys(session, actor.require_provider(), None)
    actor.require("admin", "analyst")
    return _keys(session, None, partner_id)


def _owner(session: Session, actor: Actor, partner_id: UUID | None) -> UUID | None:
    """Whose keys the actor may make and end: its own company's for an owner, a partner's for an admin."""
    actor.require_person()
    if partner_id is None:
        return require_owner(session, actor)
    actor.require("admin")
    if not session.execute(text("select exists (select from partner where id = :id)"), {"id": partner_id}).scalar():
        raise KeyUnknown("partner.not_found", "There is no such partner.")
    return None


def _check(name: str, scopes: Sequence[str], days: int | None, *, allowed: Sequence[str]) -> None:
    if not 1 <= len(name.strip()) <= 80:
        raise KeyInvalid("name", "Name the key in 1 to 80 characters, such as the program that uses it.")
    if not scopes or not set(scopes) <= set(allowed):
        raise KeyInvalid("scopes", f"Choose at least one of: {', '.join(allowed)}.")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise KeyInvalid("days", f"A key works for 1 to {LONGEST_DAYS} days, or until it is revoked.")


def _make(
    session: Session,
    actor: Actor,
    provider_id: UUID | None,
    partner_id: UUID | None,
    name: str,
    scopes: list[str],
    expires: datetime | None,
    *,
    now: datetime,
) -> NewKey:
    key_id = uuid7()
    token = f"hl_{key_id.hex}_{new_token()}"
    key = ApiKey(id=key_id, provider_id=provider_id, partner_id=partner_id, name=name, scopes=scopes)
    key.secret_hash, key.ending, key.created_by, key.created_at = token_hash(token), token[-4:], actor.user_id, now
    key.expires_at = expires
    session.add(key)
    session.flush()
    _record(session, actor, "api_key.created", key, now, {"name": name, "scopes": scopes, "expires_at": str(expires)})
    made = next(one for one in _keys(session, provider_id, partner_id) if one.id == key_id)
    return NewKey(made, token)


def _locked(session: Session, actor: Actor, key_id: UUID, partner_id: UUID | None, *, now: datetime) -> ApiKey:
    """A live key that the actor may end; another tenant's does not exist."""
    provider_id = _owner(session, actor, partner_id)
    wanted = select(ApiKey).where(ApiKey.id == key_id).with_for_update()
    key = session.scalars(wanted.where(ApiKey.provider_id == provider_id, ApiKey.partner_id == partner_id)).one_or_none()
    if key is None or (key.revoked_at is not None and key.revoked_at <= now):
        raise KeyUnknown("api_key.not_found", "There is no such key, or it was revoked already.")
    return key


def _keys(session: Session, provider_id: UUID | None, partner_id: UUID | None) -> list[KeyView]:
    rows = session.execute(
        text("""select k.id, k.name, k.scopes, k.ending, coalesce(nullif(u.full_name, ''), u.email) as created_by, k.created_at,
                       k.expires_at, k.last_used_at, k.revoked_at, k.replaced_by
                  from api_key k join user_account u on u.id = k.created_by
                 where k.provider_id = :provider or k.partner_id = :partner order by k.id desc"""),
        {"provider": provider_id, "partner": partner_id},
    )
    return [KeyView(**row._asdict() | {"scopes": tuple(row.scopes)}) for row in rows]


def _record(session: Session, actor: Actor, action: str, key: ApiKey, now: datetime, after: dict[str, Any]) -> None:
    audit.record(session, actor, action, entity_type="api_key", entity_id=key.id, now=now, after=after)
