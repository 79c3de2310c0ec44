"""Take a batch in: everything of it is stored in one transaction together with the cursor behind it (SPEC 8.3, 8.4).

``take`` is what a run calls for each batch, from as many workers as there are: the same record or person never becomes two
leads, and a worker killed anywhere leaves nothing half done.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.db import Json
from core.kit.ids import uuid7
from core.kit.sql_values import as_json, binaries, texts
from core.leads import Landed
from core.sourcing import dedupe, likely, permission, runs
from core.sourcing.decide import as_said_again, decide, look
from core.sourcing.decision import Decision
from core.sourcing.land import land_all
from core.sourcing.locks import lock_meetings
from core.sourcing.permission import Uses
from core.sourcing.prepare import Item, Rules
from core.sourcing.reading import Reading
from core.sourcing.runs import RunCounts, Walk

_RAW = text("""
insert into raw_record (id, source_id, record_id, version, run_id, content, content_hash, content_bytes, media_type, url,
  fetched_at, received_at, gone, test, outcome, lead_id, erased_at)
select r.id, :source, r.record_id, r.version, :run, c.content, decode(r.hash, 'hex'), r.bytes, r.media_type, r.url,
  r.fetched_at, :now, r.gone, r.test, r.outcome, r.lead, case when c.content is null then cast(:now as timestamptz) end
from jsonb_to_recordset(cast(:rows as jsonb)) r (n int, id uuid, record_id text, version text, hash text, bytes int,
  media_type text, url text, fetched_at timestamptz, gone bool, test bool, outcome text, lead uuid)
join unnest(cast(:contents as bytea[])) with ordinality c (content, n) on c.n = r.n""")
_RAW_AGAIN = text("""
update raw_record w set outcome = r.outcome, lead_id = coalesce(r.lead, w.lead_id)
from jsonb_to_recordset(cast(:rows as jsonb)) r (id uuid, outcome text, lead uuid) where w.id = r.id""")
_RECORDS = text("""
insert into source_record as s (source_id, record_id, lead_id, founder, holder, test, said_at, gone_at, updated_at)
select :source, record_id, lead, founder, holder, test, said_at, case when gone then cast(:now as timestamptz) end, :now
from jsonb_to_recordset(cast(:rows as jsonb)) r
  (record_id text, lead uuid, founder bool, holder text, test bool, said_at timestamptz, gone bool) order by record_id
on conflict (source_id, record_id) do update set lead_id = excluded.lead_id, founder = excluded.founder, holder = excluded.holder,
  test = excluded.test, said_at = excluded.said_at, gone_at = excluded.gone_at, updated_at = excluded.updated_at""")
_QUARANTINE = text("""
insert into quarantine_entry (id, raw_id, source_id, reasons, person_keys, entered_at)
select id, raw, :source, reasons, keys, :now
from jsonb_to_recordset(cast(:rows as jsonb)) r (id uuid, raw uuid, reasons jsonb, keys text[])""")
_REPLACED = text("""
update quarantine_entry q set state = 'discarded', decided_at = :now, decided_by = :by, note = 'A newer version came.'
from raw_record r where q.state = 'open' and q.source_id = :source and r.id = q.raw_id
  and r.record_id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))))""")

# Whose person asked their source to be forgotten, whatever had become of the record: a lead or none, ours or another's.
_FORGOTTEN = text("""
with emptied as (
 update raw_record set content = null, url = null, erased_at = :now where source_id = :source and content is not null
  and record_id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb)))) returning id
)
update quarantine_entry q set fix = null, note = null, person_keys = '{}' from emptied where q.raw_id = emptied.id""")


def rules_of(session: Session, walk: Walk) -> Rules:
    """How the source's records are read and what may be done with them."""
    return reading_rules(session, walk.reading, walk.niche_id, walk.uses)


def reading_rules(session: Session, reading: Json, niche_id: UUID | None, uses: Uses) -> Rules:
    """``rules_of`` before there is a run."""
    niche = session.execute(text("select slug from niche where id = :id"), {"id": niche_id}).scalar_one_or_none()
    return Rules(Reading.of(reading), niche, uses.may_sell)


def take(
    session: Session, *, walk: Walk, items: Sequence[Item], cursor: Json | None = None, again: bool = False, now: datetime
) -> RunCounts:
    """Store a prepared batch and move the cursor behind it; returns what became of its records.

    ``again``: the records are kept already and get another chance (a replay).

    Raises ``SourceNotPermitted`` when the permission ended meanwhile: nothing of the batch is stored then.
    """
    uses = permission.require_permission(session, walk.source_id, now=now)
    meet(session, walk.source_id, items)
    ground = look(session, walk.source_id, items)
    if again:
        ground.seen.clear()
    items = as_said_again(items, ground)
    landed = land_all(session, items, ground, now=now)
    decisions = decide(items, ground, landed, sells=uses.may_sell != "never")
    apart = likely.apart(session, decisions)
    met = likely.meet(session, decisions, apart, now=now)
    make_leads(session, walk, decisions, now=now)
    likely.remember(session, met, now=now)
    dedupe.stay_apart(session, apart, now=now)
    _follow(session, walk, decisions, now=now)
    write(session, walk, decisions, again=again, now=now)
    counts = counted(decisions)
    newest = max((item.record.fetched_at for item in items), default=None)
    runs.advance(session, run_id=walk.run_id, source_id=walk.source_id, counts=counts, cursor=cursor, newest=newest, now=now)
    return counts


def meet(session: Session, source_id: UUID, items: Sequence[Item]) -> None:
    """Wait for whoever decides about the same records or people. Always before the source's row is locked: a batch counts
    itself there last of all, so whoever held the row and came to wait here would wait in a circle with it (SPEC 8.4)."""
    traits = (trait for item in items for trait in item.traits)
    lock_meetings(session, keys=meeting_points(source_id, items), traits=traits)


def counted(decisions: Sequence[Decision]) -> RunCounts:
    """The run's figures of a batch."""
    n = Counter(decision.outcome for decision in decisions)
    return RunCounts(
        fetched=len(decisions), fresh=n["fresh"], changed=n["changed"], duplicates=n["duplicate"],
        in_review=sum(decision.review for decision in decisions), unchanged=n["unchanged"] + n["stale"],
        kept=n["kept"] + n["test"] + n["discarded"], quarantined=n["quarantined"], withdrawn=n["withdrawn"],
    )  # fmt: skip


def meeting_points(source_id: UUID, items: Sequence[Item]) -> list[str]:
    """What this batch may have in common with another one beside its traits: records, mailboxes, phones, homes."""
    points = [f"record:{source_id}:{item.record.record_id}" for item in items]
    for item in items:
        if item.arrival is not None:
            one, mailbox = item.arrival, item.normal.email_key if item.normal else None
            points += [f"{kind}:{value}" for kind, value in (("mail", mailbox), ("phone", one.phone)) if value]
            points += [f"home:{one.street}:{one.zip}"] if one.street else []
    return points


def make_leads(session: Session, walk: Walk, decisions: Sequence[Decision], *, now: datetime) -> None:
    """Store the new leads of a batch."""
    fresh = [decision for decision in decisions if decision.outcome == "fresh" and decision.landed is not None]
    landed = [decision.landed for decision in fresh if isinstance(decision.landed, Landed)]
    firsts = leads.take_in(session, actor=SYSTEM, landed=landed, source=walk.slug, now=now)
    for decision in fresh:
        if decision.lead_id is not None and firsts[decision.lead_id] is not None:
            decision.outcome = "duplicate"  # somebody asked by a form at this moment; the lead stands, linked


def _follow(session: Session, walk: Walk, decisions: Sequence[Decision], *, now: datetime) -> None:
    """Changes and ends, lead by lead in the order of their ids."""
    moved = [one for one in decisions if one.outcome in ("changed", "withdrawn") and one.founder and one.lead_id is not None]
    for decision in sorted(moved, key=lambda one: (one.lead_id, one.said_at)):
        lead_id = decision.lead_id
        assert lead_id is not None
        if decision.outcome == "withdrawn":
            leads.follow_end(session, actor=SYSTEM, lead_id=lead_id, source=walk.slug, now=now)
            if decision.item.record.erase:
                leads.erase(session, actor=SYSTEM, lead_ids=[lead_id], reason="Asked for at its source.", now=now)
                # Mails, reports and files that speak of the person lie above this chapter.
                outbox.enqueue(session, "person.erased", key=str(lead_id), now=now, payload={"lead_id": str(lead_id)})
        elif decision.landed is not None:
            landed = replace(decision.landed, lead_id=lead_id)
            if not leads.follow_change(session, actor=SYSTEM, lead_id=lead_id, landed=landed, source=walk.slug, now=now):
                decision.outcome = "unchanged"


def write(session: Session, walk: Walk, decisions: Sequence[Decision], *, again: bool, now: datetime) -> None:
    """Store what came and what became of each record."""
    written = [one for one in decisions if one.outcome != "unchanged" or one.landed is not None]
    if not written:
        return
    shared = {"source": walk.source_id, "run": walk.run_id, "now": now}
    contents = [None if one.outcome == "discarded" or one.item.record.erase else one.item.sealed for one in written]
    rows = as_json([_raw_row(n, one) for n, one in enumerate(written, 1)])
    session.execute(_RAW_AGAIN if again else _RAW, shared | {"rows": rows, "contents": binaries(contents)})
    newest = {one.item.record.record_id: one for one in written if one.outcome not in ("stale", "quarantined", "discarded")}
    session.execute(_RECORDS, shared | {"rows": as_json([_record_row(one) for one in newest.values()])})
    session.execute(_REPLACED, shared | {"ids": texts(one.item.record.record_id for one in written), "by": SYSTEM.user_id})
    forgotten = [one.item.record.record_id for one in written if one.item.record.erase]
    if forgotten:
        session.execute(_FORGOTTEN, shared | {"ids": texts(forgotten)})
    bad = [one for one in written if one.outcome == "quarantined"]
    if bad:
        session.execute(_QUARANTINE, shared | {"rows": as_json([_entry(one) for one in bad])})


def _entry(one: Decision) -> Json:
    normal = one.item.normal
    keys = leads.identity.block_keys(normal.email_key, normal.phone) if normal else []
    return {"id": uuid7(), "raw": one.item.id, "reasons": [why.as_json() for why in one.reasons], "keys": keys}


def _raw_row(n: int, one: Decision) -> Json:
    record = one.item.record
    return {
        "n": n, "id": one.item.id, "record_id": record.record_id, "version": record.version, "hash": one.item.hash.hex(),
        "bytes": len(record.content), "media_type": record.media_type, "url": record.url, "fetched_at": record.fetched_at,
        "gone": record.gone, "test": record.test, "outcome": one.outcome, "lead": one.lead_id,
    }  # fmt: skip


def _record_row(one: Decision) -> Json:
    record, parsed = one.item.record, one.item.parsed
    return {
        "record_id": record.record_id, "lead": one.lead_id, "founder": one.founder,
        "holder": parsed.holder if parsed else "consumer",
        "test": record.test, "said_at": one.said_at, "gone": record.gone,
    }  # fmt: skip
