"""Every check over the data as a job: in portions, each in a transaction of its own, with its progress (SPEC 13.8)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from core import audit, inventory, ledger, passports, payments, reports, returns
from core.kit import outbox
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.outbox import Job

# The checks beside the sealed rows: what each is about, and the verb that makes it.
MORE: tuple[tuple[str, Callable[[Session], list[Check]]], ...] = (
    ("Seals", audit.chain_checks),
    ("Passports", passports.verify),
    ("Ledger", ledger.verify),
    ("Payments", payments.verify),
    ("Slots", inventory.verify),
    ("Claims", returns.verify),
    ("Figures", reports.verify),
)
LONG = outbox.LONGEST_LEASE


def verify_all(session: Session) -> list[Check]:
    """Everything at once, on one snapshot: ``hotleads verify``."""
    planned = audit.parts(session)
    rows = audit.rows_checks(session, [fault for part in planned for fault in audit.look(session, part)])
    return [*rows, *(check for _, verify in MORE for check in verify(session))]


def begin(session: Session, job: Job, _now: datetime) -> Job:
    """Say how much there is to do."""
    total = sum(part.rows for part in audit.parts(session))
    audit.begin_verification(session, verification_id=job.id, total=total)
    return job


def carry_out(job: Job, _now: datetime) -> list[Check]:
    """Look at everything, telling how far it is; changes nothing."""
    with transaction() as session:
        planned = audit.parts(session)
    faults, done = [], 0
    for part in planned:
        with transaction() as session:
            faults += audit.look(session, part)
            done += part.rows
            _tell(session, job, f"Sealed rows of {part.table.replace('_', ' ')}", done)
    with transaction() as session:
        checks = audit.rows_checks(session, faults)
    for step, verify in MORE:
        with transaction() as session:
            _tell(session, job, step, done)
        with transaction() as session:
            checks += verify(session)
    return checks


def conclude(session: Session, job: Job, checks: list[Check], now: datetime) -> None:
    """Keep what was found."""
    audit.finish_verification(session, verification_id=job.id, checks=checks, now=now)


def give_up(session: Session, job: Job, error: Exception, final: bool, now: datetime) -> None:
    """A run that failed for good has an end, too."""
    if final:
        failed = Check("verification", False, f"It could not be carried out ({type(error).__name__}); see the dead letters.")
        audit.finish_verification(session, verification_id=job.id, checks=[failed], now=now)


def _tell(session: Session, job: Job, step: str, done: int) -> None:
    audit.note_progress(session, verification_id=job.id, step=step, done=done)
    outbox.renew(session, job, now=utc_now(), progress={"step": step, "done": done}, lease=LONG)
