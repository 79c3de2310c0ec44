"""Recompute every hash and every link, and compare with the digests kept outside (SPEC 13.8)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

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
_UNSOUND = text("select row_id, seal_id, problem from unsound_rows(:table, :first, :last)")
_SEALS = text("select id, cardinality(row_ids) as rows from seal where table_name = :table order by id")
_UNSEALED = text("select count(*) from unsealed_rows(:table, '18446744073709551615', null)")
_COUNTER_WENT_BACK = text(
    "select coalesce(max(until_xid::text::numeric), 0) > pg_snapshot_xmax(pg_current_snapshot())::text::numeric from seal"
)


NAMED = 3  # faults told in full: a row under another id is two, one slipped in and one gone
AT_ONCE = 20_000  # rows looked at by one statement: a second or two


@dataclass(frozen=True, slots=True)
class Part:
    """Some seals of one table that are checked together, and how many rows they cover."""

    table: str
    first_seal: int
    last_seal: int
    rows: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that is not what was sealed: ``altered``, ``deleted`` or ``inserted``."""

    table: str
    row_id: UUID
    seal_id: int | None
    problem: str

    @property
    def sentence(self) -> str:
        """Which row, what became of it, and which seal says so."""
        where = f" (seal {self.seal_id})" if self.seal_id else ", behind the position that seals have reached"
        return f"{self.table} {self.row_id} was {self.problem}{where}."


def verify(session: Session) -> list[Check]:
    """Check the rows of each sealed table, the chain itself and the seal file; each names its first faults."""
    planned = parts(session)
    return [*rows_checks(session, [fault for part in planned for fault in look(session, part)]), *chain_checks(session)]


def parts(session: Session) -> list[Part]:
    """What there is to check, in portions that can each have a transaction of their own: sealed rows never change."""
    return [part for table in SEALED_TABLES for part in _parts_of(session, table)]


def look(session: Session, part: Part) -> list[Fault]:
    """The rows of a part that are not what was sealed."""
    found = session.execute(_UNSOUND, {"table": part.table, "first": part.first_seal, "last": part.last_seal})
    return [Fault(part.table, row.row_id, row.seal_id, row.problem) for row in found]


def rows_checks(session: Session, faults: Sequence[Fault]) -> list[Check]:
    """What looking at every part has found, table by table."""
    return [_rows_check(session, table, [fault for fault in faults if fault.table == table]) for table in SEALED_TABLES]


def chain_checks(session: Session) -> list[Check]:
    """The links between the seals, and the file outside the database."""
    return [_chain(session), _file(session)]


def broken_link(session: Session) -> str | None:
    """The first seal that was altered or does not follow the one before, as a sentence."""
    broken = session.execute(_BROKEN_LINK, {"genesis": GENESIS}).one_or_none()
    if broken is None:
        return None
    return f"Seal {broken.id} {'was altered' if broken.linked else 'does not follow the seal before it'}."


def counter_went_back(session: Session) -> bool:
    """True after a logical restore: transactions are counted anew, below those of the last seal."""
    return bool(session.execute(_COUNTER_WENT_BACK).scalar_one())


def _parts_of(session: Session, table: str) -> Iterator[Part]:
    seals = session.execute(_SEALS, {"table": table}).all()
    begun, rows = 0, 0
    for at, seal in enumerate(seals):
        rows += seal.rows
        if rows >= AT_ONCE or at == len(seals) - 1:
            yield Part(table, seals[begun].id, seal.id, rows)
            begun, rows = at + 1, 0


def _rows_check(session: Session, table: str, faults: Sequence[Fault]) -> Check:
    name = f"sealed rows: {table}"
    if faults:
        more = f" {len(faults)} rows in all." if len(faults) > 1 else ""
        return Check(name, False, " ".join(fault.sentence for fault in faults[:NAMED]) + more)
    sealed = session.execute(
        text("select coalesce(sum(cardinality(row_ids)), 0) from seal where table_name = :table"), {"table": table}
    ).scalar_one()
    waiting = session.execute(_UNSEALED, {"table": table}).scalar_one()
    return Check(name, True, f"{sealed} rows as sealed, not sealed yet: {waiting}.")


def _chain(session: Session) -> Check:
    if broken := broken_link(session):
        return Check("seal chain", False, broken)
    if counter_went_back(session):
        words = "The server's transaction counter is behind the last seal: new rows can't be sealed after a logical restore."
        return Check("seal chain", False, words + " Run `hotleads reseal`, or restore a physical backup instead.")
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
