"""Who calls with an API key: the key's form, its holder as an actor, when it was used last (SPEC 1.1)."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.alone import rows_alone
from core.kit.crypto import token_hash
from core.kit.ids import SYSTEM_USER_ID
from core.kit.tenant import look_up

_SHAPE = re.compile(r"hl_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
# Once a minute is enough to see whether a key is still used, and no request waits for another one's note.
_USED = text("""
    update api_key set last_used_at = :now, last_used_ip = cast(:ip as inet)
     where id in (select id from api_key where id = :id for no key update skip locked)""")
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who acts by a key, and what it may do."""

    actor: Actor
    scopes: frozenset[str]


def is_key(token: str) -> bool:
    """True for a token that has the shape of a key, whether or not it opens anything."""
    return _SHAPE.fullmatch(token) is not None


def key_holder(
    session: Session, *, token: str, ip: str | None, user_agent: str | None, acts: bool = False, now: datetime
) -> KeyHolder | None:
    """Who acts with this key; ``None`` for one that is unknown, revoked, expired, or whose company is not active.

    ``acts``: what the transaction writes from here on is their company's (docs/adr/0029).
    """
    shape, asked = _SHAPE.fullmatch(token), _LOOK_ACTING if acts else _LOOK
    found = rows_alone(session, asked, {"id": UUID(shape.group(1)), "now": now}) if shape else []
    row = found[0] if found else None
    if row is None or not hmac.compare_digest(bytes(row.secret_hash), token_hash(token)):
        return None
    if row.last_used_at is None or row.last_used_at < now - _USED_EVERY:
        session.execute(_USED, {"id": row.id, "now": now, "ip": ip})
    return KeyHolder(_actor(row, ip, user_agent), frozenset(row.scopes))


def _actor(row: Row[Any], ip: str | None, user_agent: str | None) -> Actor:
    if row.partner_id is not None:
        return Actor(SYSTEM_USER_ID, "partner", ip=ip, user_agent=user_agent, partner_id=row.partner_id, key_id=row.id)
    return Actor(row.created_by, "provider", row.provider_id, ip=ip, user_agent=user_agent, key_id=row.id)


# A key opens something only while it, its person, and its company or partner are active.
_LOOK, _LOOK_ACTING = look_up(
    """
    select k.id, k.provider_id, k.partner_id, k.scopes, k.secret_hash, k.created_by, k.last_used_at
      from api_key k join user_account u on u.id = k.created_by
      left join provider p on p.id = k.provider_id left join partner a on a.id = k.partner_id
     where k.id = :id and (k.revoked_at is null or k.revoked_at > :now) and (k.expires_at is null or k.expires_at > :now)
       and (p.id is null or (p.status = 'active' and u.status = 'active')) and (a.id is null or a.active)""",
    company="k.provider_id",
)
