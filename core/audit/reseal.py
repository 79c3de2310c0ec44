"""Begin a new chain where the old one can't go on: after a logical restore the server counts its transactions anew.

The one act that removes seals, so it first proves that everything is as it was sealed, and the new chain begins with
an entry that tells of the old one (docs/runbooks/broken-seal.md).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit.record import record
from core.audit.seal import SEALED_TABLES
from core.audit.verify import broken_link, counter_went_back, look, parts
from core.kit.actor import Actor
from core.kit.errors import Conflict, Invalid

SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class OldChain:
    """What was replaced: its seals, the digest it ended with, and the rows written since that no seal covered."""

    seals: int
    digest: str
    rows: int
    unsealed: int


def reseal(session: Session, *, actor: Actor, reason: str, now: datetime) -> OldChain:
    """Drop the old chain and number its rows anew, so that the next sealing takes them all; audited with ``reason``.

    The session must be the database owner's. Raises ``Conflict`` when the chain can go on, or when a row is not as
    it was sealed.
    """
    actor.require("admin")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid("reseal.reason", f"Say why in {SHORTEST_REASON} characters or more; it becomes part of the trail.")
    if not counter_went_back(session):
        raise Conflict("reseal.needless", "The chain of seals goes on as it is; there is nothing to seal anew.")
    _check_as_sealed(session)
    old = _old_chain(session)
    for table in ("seal", *SEALED_TABLES):
        session.execute(text(f"alter table {table} disable trigger user"))
    session.execute(text("delete from seal"))
    for table in SEALED_TABLES:
        session.execute(text(f"update {table} set recorded_xid = pg_current_xact_id()"))  # noqa: S608 -- our own list
    for table in ("seal", *SEALED_TABLES):
        session.execute(text(f"alter table {table} enable trigger user"))
    after = {"seals": old.seals, "last_digest": old.digest, "rows": old.rows, "unsealed": old.unsealed}
    record(session, actor, "audit.resealed", entity_type="seal", entity_id=None, now=now, before=after, memo=reason.strip())
    return old


def _check_as_sealed(session: Session) -> None:
    link = broken_link(session)
    faults = [link] if link else []
    # Rows recorded since the restore stand behind the old position; that alone is no sign of tampering here.
    faults += [fault.sentence for part in parts(session) for fault in look(session, part) if fault.problem != "inserted"]
    if faults:
        words = f"{faults[0]} Sealing anew would hide that: see docs/runbooks/broken-seal.md."
        raise Conflict("reseal.altered", words)


def _old_chain(session: Session) -> OldChain:
    row = session.execute(
        text("""select count(*) as seals, coalesce(sum(cardinality(row_ids)), 0) as rows,
                       encode((select digest from seal order by id desc limit 1), 'hex') as digest from seal""")
    ).one()
    counted = " + ".join(f"(select count(*) from {table})" for table in SEALED_TABLES)  # noqa: S608 -- our own list
    there = session.execute(text(f"select {counted}")).scalar_one()
    return OldChain(row.seals, row.digest, int(row.rows), int(there - row.rows))
