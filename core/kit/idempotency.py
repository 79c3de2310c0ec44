"""Answers remembered by the caller's key, so that a repeated request acts once (SPEC 2.9)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.db import Json
from core.kit.errors import Conflict, Invalid

LONGEST_KEY = 200
PURPOSE = "answer"


class KeyReused(Conflict):
    """The same key came with a different request; nothing was done."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer that the first request with this key got."""

    status: int
    response: Json


def check_key(key: str) -> None:
    """Raise ``Invalid`` for a key that can't be kept."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid("idempotency.key", f"Idempotency-Key must be 1 to {LONGEST_KEY} printable characters.")


def claim(session: Session, *, scope: str, key: str, request: bytes, now: datetime) -> Remembered | None:
    """Reserve ``key`` for this request, or return the first one's answer; waits while the first is still running.

    Raises ``Invalid`` for an unusable key and ``KeyReused`` when the key belongs to another request. The
    reservation lives in the request's own transaction: when that fails, the key is free again.
    """
    check_key(key)
    named = {"scope": scope, "key": key}
    digest = hashlib.sha256(request).digest()
    mine = session.execute(
        text("""insert into idempotency_record (scope, key, request_hash, created_at) values (:scope, :key, :hash, :now)
                on conflict do nothing returning key"""),
        named | {"hash": digest, "now": now},
    ).scalar_one_or_none()
    if mine is not None:
        return None
    first = session.execute(
        text("select request_hash, status, response from idempotency_record where scope = :scope and key = :key"), named
    ).one()
    if bytes(first.request_hash) != digest:
        raise KeyReused(
            "idempotency.reused", "This Idempotency-Key was used with a different request. Send a new key for a new request."
        )
    return Remembered(first.status, crypto.unseal(first.response, purpose=PURPOSE))


def remember(session: Session, *, scope: str, key: str, status: int, response: Json) -> None:
    """Keep the answer beside the claimed key, in the same transaction as the work; encrypted, it may hold a secret."""
    session.execute(
        text("update idempotency_record set status = :status, response = :response where scope = :scope and key = :key"),
        {"scope": scope, "key": key, "status": status, "response": crypto.seal(response, purpose=PURPOSE)},
    )
