"""Chain what has been recorded: batches of row hashes, each with the digest of the one before (SPEC 13.8).

Writers never wait. A row carries the id of the transaction that recorded it; the sealer takes only rows of
transactions below the oldest one still running here, so no row can appear behind a position already passed.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit import seal_file

SEALED_TABLES = ("audit_entry", "transfer", "consent_event", "passport_entry")
BATCH_ROWS = 5_000
BATCHES_A_RUN = 20  # per table: one run stays a matter of seconds, the next one goes on
GENESIS = bytes(32)

_ONE_SEALER = text("select pg_try_advisory_xact_lock(hashtext('hotleads.seal'))")
_HORIZON = text("select sealing_horizon()::text")
_SEAL = text(
    """with batch as (
         select array_agg(id order by recorded_xid, id) as ids, array_agg(hash order by recorded_xid, id) as hashes,
                array_agg(recorded_xid order by recorded_xid, id) as xids, cast(count(*) as int) as size
         from unsealed_rows(:table, cast(:horizon as xid8), :size)),
       link as (
         select ids, hashes, xids[size] as until_xid, ids[size] as until_id,
                coalesce((select digest from seal order by id desc limit 1), :genesis) as previous
         from batch where size > 0)
       insert into seal (table_name, until_xid, until_id, row_ids, row_hashes, previous_digest, digest, sealed_at)
       select :table, until_xid, until_id, ids, hashes, previous,
              seal_digest(previous, :table, until_xid, until_id, :now, ids, hashes), :now
       from link returning cardinality(row_ids)"""
)


def seal_new(session: Session, *, now: datetime, file: Path | None = None) -> int:
    """Seal what committed transactions recorded since the last run; returns the number of rows (SPEC 13.8).

    Digests of earlier, committed seals go to the seal file first, so the file never knows a seal that a
    rollback undid; those of this run follow with the next one. A second sealer at the same time does nothing.
    """
    if not session.execute(_ONE_SEALER).scalar_one():
        return 0
    seal_file.publish(session, file)
    horizon = session.execute(_HORIZON).scalar_one()
    return sum(_seal_table(session, table, horizon=horizon, now=now) for table in SEALED_TABLES)


def _seal_table(session: Session, table: str, *, horizon: str, now: datetime) -> int:
    sealed = 0
    for _ in range(BATCHES_A_RUN):
        values = {"table": table, "horizon": horizon, "size": BATCH_ROWS, "genesis": GENESIS, "now": now}
        rows = session.execute(_SEAL, values).scalar_one_or_none() or 0
        sealed += rows
        if rows < BATCH_ROWS:
            break
    return sealed
