"""A copy of a lead's passport as its reader may see it: entries that are not theirs to know are withheld, never left out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, providers
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.db import Json
from core.kit.errors import NotFound
from core.kit.tenant import house
from core.passports.file import FIRST, FORMAT, to_bytes
from core.passports.sign import public_key, sign

# What anybody who thinks of buying may know; who bought it and for how much is nobody else's business.
OPEN = {
    "lead.submitted", "lead.confirmed", "lead.approved", "lead.changed", "lead.merged", "lead.split", "lead.quarantined",
    "lead.released", "lead.withdrawn", "lead.erased", "lead.expired", "lead.rejected", "consent.given", "consent.revoked",
}  # fmt: skip

_ENTRIES = text("""
    select p.n, p.at, to_char(p.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as written, p.kind,
           p.facts::text as facts, p.facts as known, p.salt, p.evidence_table, encode(p.evidence_hash, 'hex') as evidence_hash,
           encode(p.digest, 'hex') as digest,
           encode(passport_body(p.salt, p.lead_id, p.n, p.at, p.kind, p.evidence_table, p.evidence_hash, p.facts), 'hex') as body
      from passport_entry p where p.lead_id = :lead order by p.n""")
_WORDINGS = text("""
    select distinct encode(sha256(convert_to(wording, 'UTF8')), 'hex') as hash, wording
      from consent_event where lead_id = :lead""")
_ON_SALE = text("""
    select exists (select from listing s join lead l on l.id = s.lead_id
                    where s.lead_id = :lead and s.state = 'open' and l.status = 'approved')""")
_HELD = text("select exists (select from assignment where lead_id = :lead and provider_id = :provider)")


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry in a story; ``facts`` is ``None`` for one that is withheld."""

    n: int
    at: datetime | None
    kind: str
    facts: Json | None
    digest: str


@dataclass(frozen=True, slots=True)
class MaskedStory:
    """What a company sees of a lead's passport before it pays: ``withheld`` entries tell of others' business."""

    lead_id: UUID
    moments: tuple[Moment, ...]
    withheld: int
    head: str


def passport(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> Json:
    """The signed copy for this reader: whole for admins, with its own sales for a company that holds the lead, masked for one
    that may buy it (SPEC 13.8). Raises ``NotFound`` for a lead without a passport, or one that is none of the reader's.

    ``file.to_bytes`` writes it down; nothing in it is contact data.
    """
    provider_id = _reader(session, actor, lead_id)
    rows = session.execute(_ENTRIES, {"lead": lead_id}).all()
    if not rows:
        raise _unknown()
    document: Json = {
        "format": FORMAT,
        "issuer": settings().base_url,
        "lead_id": str(lead_id),
        "written_at": now.isoformat(),
        "entries": [_entry(row, disclosed=_may_see(row, provider_id)) for row in rows],
        "wordings": {row.hash: row.wording for row in session.execute(_WORDINGS, {"lead": lead_id})},
        "head": rows[-1].digest if rows else FIRST,
        "public_key": public_key(),
    }
    audit.record(session, actor, "passport.written", entity_type="lead", entity_id=lead_id, now=now, after={"entries": len(rows)})
    return document | {"signature": sign(to_bytes(document))}


def story_before_purchase(session: Session, *, actor: Actor, lead_id: UUID) -> MaskedStory:
    """The masked story of a lead for a listing's page; empty when nothing of it has been sealed yet (SPEC 9.1)."""
    provider_id = _reader(session, actor, lead_id)
    with house(session) as wide:  # the chain goes on through entries of others, of which only digests are told
        rows = wide.execute(_ENTRIES, {"lead": lead_id}).all()
    seen = [row for row in rows if _may_see(row, provider_id)]
    moments = tuple(Moment(row.n, row.at, row.kind, row.known, row.digest) for row in seen)
    return MaskedStory(lead_id, moments, len(rows) - len(seen), rows[-1].digest if rows else FIRST)


def _reader(session: Session, actor: Actor, lead_id: UUID) -> UUID | None:
    """Pass staff, and active companies for which the lead is on sale or theirs; returns the company."""
    actor.require("admin", "analyst", "provider")
    if actor.role != "provider":
        return None
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    held = session.execute(_HELD, {"lead": lead_id, "provider": provider_id}).scalar_one()
    if not held:
        with house(session) as wide:
            if not wide.execute(_ON_SALE, {"lead": lead_id}).scalar_one():
                raise _unknown()
    return provider_id


def _may_see(row: Any, provider_id: UUID | None) -> bool:
    if provider_id is None or row.kind in OPEN:
        return True
    return bool(row.known.get("provider_id") == str(provider_id))


def _entry(row: Any, *, disclosed: bool) -> Json:
    chained: Json = {"n": row.n, "body_digest": row.body, "digest": row.digest}
    if not disclosed:
        return chained
    return chained | {
        "at": row.written,
        "kind": row.kind,
        "facts": row.facts,
        "salt": str(row.salt),
        "evidence_table": row.evidence_table,
        "evidence_hash": row.evidence_hash,
    }


def _unknown() -> NotFound:
    words = "There is no passport of this lead, or it is not yours to see. A new lead has one within a minute."
    return NotFound("passport.unknown", words)
