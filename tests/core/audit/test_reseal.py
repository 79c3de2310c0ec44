"""A new chain after a logical restore, and only then (docs/runbooks/broken-seal.md)."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from cli.reseal import reseal
from core import audit
from core.audit import seal_file
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Conflict, Invalid
from tests.core.audit.chain import behind_the_back, faults, first_id, record, seal_all

FAR = "9000000000"
REASON = "restored from a dump"


@pytest.fixture
def restored(world: Engine, now: datetime) -> Engine:
    """As after loading a dump elsewhere: rows and seals carry transaction ids that this server has not reached."""
    with behind_the_back() as session:
        for table in audit.SEALED_TABLES:
            session.execute(text(f"update {table} set recorded_xid = '{FAR}'"))
    with behind_the_back() as session:  # seals as the old server made them, with its counter where it was
        session.execute(
            text(f"create or replace function sealing_horizon() returns xid8 language sql as $$ select '{FAR}9'::xid8 $$")
        )
    assert seal_all(now, rows=5) == 5
    seal_all(now)
    return world


def anew() -> list[str]:
    return reseal(settings().database_url, reason=REASON, home=None)


def test_after_it_everything_is_sealed_and_new_rows_can_be(restored: Engine, now: datetime) -> None:
    with transaction() as session:
        record(session, now, 2)
    assert any("transaction counter is behind the last seal" in fault or "was inserted" in fault for fault in faults())
    old = Path(seal_file.path()).read_text()
    said = anew()
    assert said[0].startswith("5 rows were as sealed; 2 had no seal.")
    assert faults() == []
    (aside,) = Path(seal_file.path()).parent.glob("seals.jsonl.*")
    assert aside.read_text() == old, "the old digests are kept"
    with transaction() as session:
        (entry,) = audit.search(session, actor=SYSTEM, action="audit.resealed", now=now)
        assert entry.memo == REASON and entry.before is not None
        assert entry.before["last_digest"] in old and (entry.before["rows"], entry.before["unsealed"]) == (5, 2)
        record(session, now, 1)
    with behind_the_back() as session:
        session.execute(text("update audit_entry set memo = 'x' where id = :id"), {"id": first_id("audit_entry")})
    assert "was altered" in faults()[0], "and the new chain tells"


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_killed_around_its_commit_it_leaves_nothing_to_mend(restored: Engine, now: datetime, moment: str) -> None:
    """Before it, the old chain stands and it is done again; after it, the new one does, and no file tells of the old."""

    def killed(_session: Session) -> None:
        raise KeyboardInterrupt

    event.listen(Session, moment, killed)
    try:
        with pytest.raises(KeyboardInterrupt):
            anew()
    finally:
        event.remove(Session, moment, killed)
    if moment == "before_commit":
        anew()
    seal_all(now)
    seal_all(now)
    assert faults() == []


def test_tampering_is_not_sealed_over(restored: Engine) -> None:
    victim = first_id("transfer")
    with behind_the_back() as session:
        session.execute(text("update transfer set amount_cents = 1 where id = :id"), {"id": victim})
    with pytest.raises(Conflict, match=f"transfer {victim} was altered .* Sealing anew would hide that"):
        anew()
    with transaction() as session:
        assert session.execute(text("select count(*) from seal")).scalar_one() == 3, "nothing was changed"


def test_a_chain_that_goes_on_is_left_alone(world: Engine, now: datetime) -> None:
    seal_all(now)
    with pytest.raises(Conflict, match="nothing to seal anew"):
        anew()
    with pytest.raises(Invalid, match="Say why"):
        reseal(settings().database_url, reason="why", home=None)
    with behind_the_back() as session:
        session.execute(text("delete from seal"))
    with pytest.raises(Conflict):
        anew()


def test_the_tables_refuse_changes_again_afterwards(restored: Engine, now: datetime) -> None:
    anew()
    with behind_the_back() as session:
        enabled = session.execute(
            text("select count(*) from pg_trigger where tgname like 'append_only_%' and tgenabled <> 'O'")
        ).scalar_one()
    assert enabled == 0
