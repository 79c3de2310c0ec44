"""Two people after all: a record that was taken for somebody known when it came gets a lead of its own (SPEC 8.4).

It goes through the pipeline's own steps, under its locks, from the record as it is kept. Only likeness is taken back: whom
SPEC 2.6 calls the same by mailbox, phone or name and address stays the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, leads
from core.kit.actor import Actor
from core.kit.errors import NotFound
from core.leads import Held, Landed, duplicates, identity
from core.sourcing import dedupe, permission, raw, runs, sources
from core.sourcing.connectors.kinds import connect
from core.sourcing.decide import decide, same_as
from core.sourcing.decision import Decision, Ground
from core.sourcing.dedupe import Candidate, Verdict
from core.sourcing.errors import CannotSetApart
from core.sourcing.land import land_all
from core.sourcing.likely import is_agents
from core.sourcing.models import Source
from core.sourcing.permission import Uses
from core.sourcing.prepare import Item, prepare
from core.sourcing.record import Connector, RawRecord
from core.sourcing.take import counted, make_leads, meet, reading_rules, write

_KEPT = text("""
select r.id, r.source_id, r.record_id, r.version, r.content, r.media_type, r.url, r.fetched_at,
  r.gone or s.gone_at is not null as gone, r.test or s.test as test, s.lead_id, s.founder, l.status,
  (select min(o.received_at) from raw_record o
    where o.source_id = r.source_id and o.record_id = r.record_id and o.lead_id = s.lead_id) as repeats_since, exists (
    select from raw_record n where n.source_id = r.source_id and n.record_id = r.record_id
      and (n.fetched_at, n.id) > (r.fetched_at, r.id) and n.outcome not in ('stale', 'discarded')) as outdated
from raw_record r left join source_record s on s.source_id = r.source_id and s.record_id = r.record_id
left join lead l on l.id = s.lead_id where r.id = :raw""")
_OF_ITS_OWN = text("""
update raw_record set lead_id = :lead where source_id = :source and record_id = :record and lead_id = :first""")
_FIRST = text("""
select l.status, l.submitted_at, l.zip, c.full_name, c.street, c.unit, c.address_key, c.block_keys
from lead l join contact c on c.id = l.contact_id where l.id = :lead and l.niche_id = :niche""")
_EQUAL = {"email": "the e-mail address {mail}", "phone": "the phone number {phone}", "address": "the name {name} at one address"}


@dataclass(frozen=True, slots=True)
class Tried:
    """What the pipeline would make of a record if it came for the first time, and why it could be no lead, in words."""

    decision: Decision
    refusal: str | None
    exact: bool


def set_apart(session: Session, *, actor: Actor, raw_id: UUID, connector: Connector | None = None, now: datetime) -> UUID:
    """Say that a record is not whom it was taken for when it came; returns the lead that is made of it (SPEC 8.4).

    ``raw_id``: its newest version. Neither its source's next word nor the nightly audit takes the two for one again. Merging
    the two leads takes it back. Raises ``NotFound``, ``CannotSetApart`` with the reason, ``SourceNotPermitted``,
    ``SourcePaused``.
    """
    actor.require("admin")
    kept = standing(session, raw_id)
    source = sources.find_source(session, kept.source_id)
    uses = permission.require_permission(session, source.id, now=now)
    item = item_of(session, source, kept, uses, connector)
    meet(session, source.id, [item])
    first_id = _locked_first(session, raw_id, kept)
    walk = runs.begin_run(session, actor=actor, source_id=source.id, cause="replay", now=now)
    tried = attempt(session, item, kept, uses=walk.uses, now=now)
    if tried.refusal:
        raise CannotSetApart(tried.refusal)
    decision = tried.decision
    like_first, like_other = _met(session, decision, first_id, now=now)
    make_leads(session, walk, [decision], now=now)
    if decision.outcome != "fresh" or decision.lead_id is None:
        raise CannotSetApart("The same person asked by another way at this moment. Look again.")
    write(session, walk, [decision], again=True, now=now)
    own = {"lead": decision.lead_id, "first": first_id, "source": source.id, "record": kept.record_id}
    session.execute(_OF_ITS_OWN, own)
    _remember(session, decision, like_other, now=now)
    dedupe.note_apart(session, actor=actor, one=_candidate(decision), first_id=first_id, verdict=like_first, now=now)
    runs.advance(session, run_id=walk.run_id, source_id=source.id, counts=counted([decision]), cursor=None, newest=None, now=now)
    runs.end_aside(session, run_id=walk.run_id, now=now)
    audit.record(
        session, actor, "lead.split", entity_type="lead", entity_id=decision.lead_id, now=now,
        before={"status": "duplicate", "duplicate_of": str(first_id)},
        after={"status": "pending_approval", "from": source.slug, "record": str(raw_id)},
    )  # fmt: skip
    return decision.lead_id


def _locked_first(session: Session, raw_id: UUID, kept: Any) -> UUID:
    """The lead that the record repeats, locked before the source's row, as the pipeline does."""
    leads.lock(session, kept.lead_id)
    first_id: UUID = standing(session, raw_id).lead_id  # by now others may have decided about it
    if first_id != kept.lead_id:
        raise CannotSetApart("It repeats another lead by now. Look again.")
    return first_id


def standing(session: Session, raw_id: UUID) -> Any:
    """The record as it stands now; raises ``NotFound``, or ``CannotSetApart`` when there is nothing to set apart."""
    row = session.execute(_KEPT, {"raw": raw_id}).one_or_none()
    if row is None:
        raise NotFound("raw.not_found", "There is no such record.")
    reasons = (
        (row.founder, "This record has a lead of its own."),
        (row.lead_id is None, "This record repeats no lead, so there is nothing to set apart."),
        (row.gone, "It is gone from its source, so no request can be made of it."),
        (row.test, "It is a test of its source and becomes no lead."),
        (row.content is None, "What it said was erased or kept long enough, so no lead can be made of it."),
        (row.outdated, "Its source has said something newer of it since, which may wait in the quarantine. Look at that."),
        (row.status == "duplicate", "The lead that it repeats was itself merged into another one. Split those two first."),
    )
    for holds, words in reasons:
        if holds:
            raise CannotSetApart(words)
    return row


def item_of(session: Session, source: Source, kept: Any, uses: Uses, connector: Connector | None) -> Item:
    """The kept record, read by its source's reading as it is now."""
    reader = connector or connect(source.kind, source.settings, sources.secrets_of(source))
    record = RawRecord(kept.record_id, kept.version, raw.opened(kept.content), kept.media_type, kept.fetched_at, kept.url)
    (item,) = prepare(reader, [record], reading_rules(session, source.reading, source.niche_id, uses))
    return item._replace(id=kept.id)


def attempt(session: Session, item: Item, kept: Any, *, uses: Uses, now: datetime) -> Tried:
    """What becomes of the record when nothing is known of it but whom it repeats; nothing is stored."""
    ground = Ground(set(), {})
    landed = land_all(session, [item], ground, now=now)
    one = landed.get(item.id)
    if isinstance(one, Landed):
        first = _keys_of_first(session, one, kept, now=now)
        if same_as(one, first):
            ground.held.setdefault(one.niche.id, {}).update(first)
    (decision,) = decide([item], ground, landed, sells=uses.may_sell != "never")
    exact = decision.outcome == "duplicate"
    return Tried(decision, None if decision.outcome == "fresh" else _refusal(decision, ground, item, uses), exact)


def _keys_of_first(session: Session, one: Landed, kept: Any, *, now: datetime) -> dict[str, Held]:
    """The keys of the lead that the record repeats, also when that has ended or its days are over since: who was the same
    person when they came stays so."""
    first = session.execute(_FIRST, {"lead": kept.lead_id, "niche": one.niche.id}).one_or_none()
    days = duplicates.window_days(session, niche_id=one.niche.id, state=one.values["zip_state"], now=now)
    if first is None or kept.repeats_since - first.submitted_at > timedelta(days=days):
        return {}
    home = [identity.hashed("address", first.address_key)] if first.address_key else []
    known = (first.status, first.full_name, first.street, first.unit, first.zip)
    return {key: Held(one.niche.id, key, kept.lead_id, *known) for key in (*first.block_keys, *home)}


def _refusal(decision: Decision, ground: Ground, item: Item, uses: Uses) -> str:
    if decision.outcome == "duplicate":
        told = _equal(decision, ground, item)
        return f"It has {told} in common with a lead of its niche. Within the days for duplicates that is one person (SPEC 2.6)."
    if decision.outcome == "discarded":
        return "Its person is on the do-not-contact list and becomes no lead."
    if decision.outcome == "quarantined":
        return " ".join(["It can't become a lead as it is.", *(why.message for why in decision.reasons)])
    if uses.may_sell == "never":
        return "Its source may not be sold, so its records become no leads. Change its permission first."
    return "It lies outside all markets."


def _equal(decision: Decision, ground: Ground, item: Item) -> str:
    """What both give, masked."""
    landed, arrival = decision.landed, item.arrival
    assert isinstance(landed, Landed) and arrival is not None
    held = ground.held[landed.niche.id]
    kinds = [key.partition(":")[0] for key in landed.keys if key in held and held[key].lead_id == decision.lead_id]
    masked = {
        "mail": leads.mask_email(arrival.email), "phone": leads.mask_phone(arrival.phone), "name": leads.mask_name(arrival.name),
    }  # fmt: skip
    return " and ".join(_EQUAL[kind].format(**masked) for kind in kinds)


def _candidate(decision: Decision) -> Candidate:
    landed, shape = decision.landed, decision.item.shape
    assert landed is not None and shape is not None
    return Candidate(landed.lead_id, landed.niche.id, shape)


def _met(session: Session, decision: Decision, first_id: UUID, *, now: datetime) -> tuple[Verdict, Verdict]:
    """How alike it is to whom it was taken for, and whom else it may repeat; agents are not compared (``likely``)."""
    if is_agents(decision):
        return Verdict("new"), Verdict("new")
    one = _candidate(decision)
    (told,) = dedupe.match(session, [one], now)
    (other,) = dedupe.match(session, [one], now, apart=[(one.lead_id, first_id)])
    return told if told.first_id == first_id else Verdict("new"), other


def _remember(session: Session, decision: Decision, other: Verdict, *, now: datetime) -> None:
    """Let later records meet the lead, and ask whether it is somebody else's: that is for a person now, however likely."""
    if is_agents(decision):
        return
    one = _candidate(decision)
    dedupe.remember(session, [one])
    if other.kind != "new":
        dedupe.note_question(session, lead_id=one.lead_id, niche_id=one.niche_id, verdict=other, found_by="insert", now=now)
