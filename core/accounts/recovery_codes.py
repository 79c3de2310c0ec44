"""One-time recovery codes for whoever lost the phone (SPEC 1.5)."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core import audit
from core.accounts.models import RecoveryCode, User
from core.kit import crypto
from core.kit.actor import Actor

RECOVERY_CODES = 10
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs that can't be mistaken for one another


def recovery_codes_left(session: Session, *, actor: Actor) -> int:
    """How many recovery codes the actor can still use."""
    found = text("select count(*) from recovery_code where user_id = :id and used_at is null")
    return int(session.execute(found, {"id": actor.user_id}).scalar_one())


def new_recovery_codes(session: Session, user_id: UUID) -> list[str]:
    """Ten fresh codes in place of the old ones; only their hashes are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    plain = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code)) for code in plain)
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in plain]


def use_recovery_code(session: Session, user: User, code: str, *, now: datetime) -> bool:
    """Use a code up; false when it is none, or was used before."""
    used = session.execute(
        text("""update recovery_code set used_at = :now where user_id = :user_id and code_hash = :hash and used_at is null
                returning code_hash"""),
        {"now": now, "user_id": user.id, "hash": _hash(code.upper())},
    ).scalar_one_or_none()
    if used is None:
        return False
    left = session.scalar(
        select(text("count(*)")).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    )
    actor = Actor(user.id, user.role, user.provider_id)  # type: ignore[arg-type]
    audit.record(session, actor, "user.recovery_code_used", entity_type="user", entity_id=user.id, now=now, after={"left": left})
    return True


def _hash(code: str) -> bytes:
    return bytes.fromhex(crypto.keyed_hash(code, purpose="recovery-code"))
