"""Requests that came by forms and programs meet each other too: after intake, which does not wait for it (SPEC 8.4)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.sourcing.dedupe.keys import block_keys
from core.sourcing.dedupe.match import Candidate, match, note_questions, remember, shape_of
from core.sourcing.locks import lock_meetings

BATCH = 1_000
BACK = timedelta(days=2)

_NEW = text("""
select l.id, l.niche_id, l.status, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, l.zip
from lead l join contact c on c.id = l.contact_id
where l.id > dated_id(:since) and l.status not in ('duplicate', 'erased', 'expired', 'rejected', 'withdrawn')
  and (c.email is not null or c.phone is not null) and not exists (select from lead_block b where b.lead_id = l.id)
order by l.id limit :most for no key update of l skip locked
""")


def meet_new(session: Session, *, now: datetime) -> int:
    """Match leads that nobody matched yet, up to 1,000; likely twins become questions for a person. Returns how many leads.

    A request is never merged here: its sender has been answered. Exact keys have linked the certain ones at intake.
    """
    rows = session.execute(_NEW, {"since": now - BACK, "most": BATCH}).all()
    found = [
        Candidate(
            row.id, row.niche_id,
            shape_of(name=row.full_name, email=row.email, phone=row.phone, street=row.street, unit=row.unit, city=row.city,
                     state=row.state, zip=row.zip),
        )
        for row in rows
    ]  # fmt: skip
    # The pipeline decides under the same locks: of two who meet in a trait, the later one sees the other.
    lock_meetings(session, traits=(trait for one in found for trait in block_keys(one.shape)))
    verdicts = match(session, found, now)
    asked = [(one.lead_id, one.niche_id, verdict) for one, verdict in zip(found, verdicts, strict=True) if verdict.kind != "new"]
    note_questions(session, asked, found_by="insert", now=now)
    remember(session, found)
    return len(found)
