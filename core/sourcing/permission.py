"""Permission is data: what a source may be used for, on what ground, found by whom (SPEC 8.2).

The newest record counts. Without one that is granted and in force nothing runs: here in words, and again by triggers in
``25_sourcing.sql``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from core.sourcing.errors import SourceNotPermitted
from core.sourcing.models import SourcePermission
from core.sourcing.sources import lock_source

READ_LIKE_A_READER = ("fsbo",)  # kinds whose pages robots.txt speaks about
MaySell = Literal["never", "with_consent", "allowed"]
RobotsVerdict = Literal["allowed", "disallowed", "absent"]


@dataclass(frozen=True, slots=True)
class Robots:
    """What a site's robots.txt said of our pages, when, and the SHA-256 of the file."""

    verdict: RobotsVerdict
    at: datetime
    hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Uses:
    """What may be done with a source's records. ``may_sell``: ``with_consent`` means only with the consumer's own."""

    may_enrich: bool = False
    may_price: bool = False
    may_sell: MaySell = "never"


@dataclass(frozen=True, slots=True)
class PermissionView:
    """One record of permission, as it was decided; ``in_force`` when it lets the source run now."""

    id: UUID
    decision: str
    may_enrich: bool
    may_price: bool
    may_sell: MaySell
    licence: str
    terms_url: str | None
    evidence: str
    robots_verdict: str | None
    robots_at: datetime | None
    robots_hash: str | None
    valid_until: datetime | None
    reviewer: str
    decided_at: datetime
    in_force: bool


_VIEW = """select p.id, p.decision, p.may_enrich, p.may_price, p.may_sell, p.licence, p.terms_url, p.evidence, p.robots_verdict,
  p.robots_at, encode(p.robots_hash, 'hex') as robots_hash, p.valid_until, u.full_name as reviewer, p.decided_at,
  coalesce(p.id = (live_permission(p.source_id, :now)).id, false) as in_force
  from source_permission p join user_account u on u.id = p.reviewer_id where p.source_id = :source order by p.id desc"""


def grant_permission(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID,
    uses: Uses,
    licence: str,
    evidence: str,
    terms_url: str | None = None,
    robots: Robots | None = None,
    valid_until: datetime | None = None,
    now: datetime,
) -> SourcePermission:
    """Record that a source may be used, and for what (SPEC 8.2). Raises ``Invalid`` by field.

    A source whose pages we read needs what its robots.txt says, and it must not forbid them.
    """
    actor.require("admin")
    source = lock_source(session, source_id)
    if source.kind in READ_LIKE_A_READER and robots is None:
        raise Invalid("permission.robots", "Read robots.txt first.", fields={"robots": "Say what the site's robots.txt allows."})
    if robots is not None and robots.verdict == "disallowed":
        raise Invalid("permission.robots", "The site forbids it.", fields={"robots": "Its robots.txt forbids these pages."})
    if valid_until is not None and valid_until <= now:
        raise Invalid("permission.valid_until", "Choose a later end.", fields={"valid_until": "This day is over."})
    return _record(session, actor, source_id, "granted", uses, licence, evidence, terms_url, robots, valid_until, now)


def deny_permission(
    session: Session, *, actor: Actor, source_id: UUID, licence: str, evidence: str, now: datetime
) -> SourcePermission:
    """Record that a source may not be used (any more): it stops, and nothing that came from it is sold from now on."""
    actor.require("admin")
    lock_source(session, source_id)
    return _record(session, actor, source_id, "denied", Uses(), licence, evidence, None, None, None, now)


def require_permission(session: Session, source_id: UUID, *, now: datetime) -> Uses:
    """What a source may be used for now; raises ``SourceNotPermitted`` when it may not be used at all."""
    row = session.execute(
        text("select p.may_enrich, p.may_price, p.may_sell from live_permission(:source, :now) p where p.id is not null"),
        {"source": source_id, "now": now},
    ).one_or_none()
    if row is None:
        raise SourceNotPermitted
    return Uses(*row)


def permissions_of(session: Session, *, actor: Actor, source_id: UUID, now: datetime) -> list[PermissionView]:
    """Every record of permission of a source, newest first."""
    actor.require("admin", "analyst")
    rows = session.execute(text(_VIEW), {"source": source_id, "now": now})
    return [_view(row) for row in rows]


def _view(row: Row[Any]) -> PermissionView:
    return PermissionView(**row._asdict())


def _record(
    session: Session, actor: Actor, source_id: UUID, decision: str, uses: Uses, licence: str, evidence: str,
    terms_url: str | None, robots: Robots | None, valid_until: datetime | None, now: datetime,
) -> SourcePermission:  # fmt: skip
    if terms_url and not terms_url.startswith(("https://", "http://")):
        raise Invalid("permission.terms_url", "Please correct the address.", fields={"terms_url": "Give a full web address."})
    decided = SourcePermission(
        id=uuid7(), source_id=source_id, decision=decision, may_enrich=uses.may_enrich, may_price=uses.may_price,
        may_sell=uses.may_sell, licence=words.paragraphs(licence, field="licence", least=1, most=2000),
        evidence=words.paragraphs(evidence, field="evidence", least=1, most=2000), terms_url=terms_url or None,
        robots_verdict=robots.verdict if robots else None, robots_at=robots.at if robots else None,
        robots_hash=robots.hash if robots else None, valid_until=valid_until, reviewer_id=actor.user_id, decided_at=now,
    )  # fmt: skip
    session.add(decided)
    session.flush()
    after = {"enrich": uses.may_enrich, "price": uses.may_price, "sell": uses.may_sell, "licence": decided.licence}
    audit.record(session, actor, f"source.permission_{decision}", entity_type="source", entity_id=source_id, now=now, after=after)
    return decided
