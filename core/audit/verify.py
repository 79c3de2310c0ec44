"""Recompute every hash and every link, and compare with the digests kept outside (SPEC 13.8)."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit import seal_file
from core.audit.seal import GENESIS, SEALED_TABLES
from core.kit.checks import Check

_BROKEN_LINK = text(
    """select id, linked from (
         select id, previous_digest = lag(digest, 1, cast(:genesis as bytea)) over (order by id) as linked,
                digest = seal_digest(previous_digest, table_name, until_xid, until_id, sealed_at, row_ids, row_hashes) as intact
         from seal) as link
       where not (linked and intact) order by id limit 1"""
)
_UNSOUND = text("select row_id, seal_id, problem, count(*) over () as total from unsound_rows(:table) limit 1")
_UNSEALED = text("select count(*) from unsealed_rows(:table, '18446744073709551615', null)")
_COUNTER_WENT_BACK = text(
    "select coalesce(max(until_xid::text::numeric), 0) > pg_snapshot_xmax(pg_current_snapshot())::text::numeric from seal"
)


def verify(session: Session) -> list[Check]:
    """Check the rows of each sealed table, the chain itself and the seal file; each names the first fault."""
    return [*(_rows(session, table) for table in SEALED_TABLES), _chain(session), _file(session)]


def _rows(session: Session, table: str) -> Check:
    name = f"sealed rows: {table}"
    fault = session.execute(_UNSOUND, {"table": table}).one_or_none()
    if fault is not None:
        where = f" (seal {fault.seal_id})" if fault.seal_id else ", behind the position that seals have reached"
        more = f"; {fault.total} rows in all" if fault.total > 1 else ""
        return Check(name, False, f"{table} {fault.row_id} was {fault.problem}{where}{more}.")
    sealed = session.execute(
        text("select coalesce(sum(cardinality(row_ids)), 0) from seal where table_name = :table"), {"table": table}
    ).scalar_one()
    waiting = session.execute(_UNSEALED, {"table": table}).scalar_one()
    return Check(name, True, f"{sealed} rows as sealed, not sealed yet: {waiting}.")


def _chain(session: Session) -> Check:
    broken = session.execute(_BROKEN_LINK, {"genesis": GENESIS}).one_or_none()
    if broken is not None:
        fault = "was altered" if broken.linked else "does not follow the seal before it"
        return Check("seal chain", False, f"Seal {broken.id} {fault}.")
    if session.execute(_COUNTER_WENT_BACK).scalar_one():
        words = "The server's transaction counter is behind the last seal: new rows can't be sealed after a logical restore."
        return Check("seal chain", False, words + " Restore from a physical backup instead.")
    seals = session.execute(text("select count(*) from seal")).scalar_one()
    return Check("seal chain", True, f"{seals} seals, each linked to the one before.")


def _file(session: Session) -> Check:
    name, file = "seal file", seal_file.path()
    rows = session.execute(text("select id, encode(digest, 'hex') as digest from seal order by id"))
    seals: dict[int, str] = {row.id: row.digest for row in rows}
    if not file.exists():
        missing = f"{file} does not exist"
        if seals:
            return Check(name, False, f"{missing}: nothing outside the database vouches for its seals.")
        return Check(name, True, f"{missing} yet; the first seals will make it.")
    fault, agreed = _compare(seal_file.read(file), seals)
    if fault:
        return Check(name, False, f"{file}: {fault}")
    return Check(name, True, f"{agreed} digests agree with {file}, not written yet: {len(seals) - agreed}.")


def _compare(lines: Iterable[tuple[int, str] | None], seals: dict[int, str]) -> tuple[str | None, int]:
    """The first fault of the file, or the number of seals that agree; only the newest may be missing."""
    seen: set[int] = set()
    for number, line in enumerate(lines, start=1):
        if line is None:
            return f"line {number} is not a seal.", 0
        if line[0] not in seals:
            return f"seal {line[0]} is no longer in the database.", 0
        if seals[line[0]] != line[1]:
            return f"seal {line[0]} has another digest in the database.", 0
        seen.add(line[0])
    skipped = next((id_ for id_ in seals if id_ not in seen and id_ < max(seen, default=0)), None)
    return (f"seal {skipped} of the database is missing in the file." if skipped else None), len(seen)
