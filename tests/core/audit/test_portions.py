"""The check in portions finds what the check at once would, and a run of it is kept with its progress (SPEC 13.8)."""

import sys
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from core import audit
from core.audit import seal
from core.kit.actor import SYSTEM, Actor
from core.kit.checks import Check
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.audit.chain import behind_the_back, faults, record, seal_all

ADMIN = Actor(user_id=uuid7(), role="admin")


@pytest.fixture
def long_trail(database: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Forty entries under six seals, looked at in three portions."""
    monkeypatch.setattr(seal, "BATCH_ROWS", 7)
    monkeypatch.setattr(sys.modules["core.audit.verify"], "AT_ONCE", 15)  # the package names a verb like the module
    with transaction() as session:
        record(session, now, 40)
    assert seal_all(now, rows=40) == 40
    with transaction() as session:
        assert [part.rows for part in audit.parts(session)] == [21, 19]
    return database


CHANGES = {
    "altered": "update audit_entry set memo = 'x' where id = :id",
    "moved forward": "update audit_entry set recorded_xid = '99999999' where id = :id",
    "moved back": "update audit_entry set recorded_xid = '4' where id = :id",
    "deleted": "delete from audit_entry where id = :id",
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 39), change=st.sampled_from(sorted(CHANGES)))
def test_whichever_row_and_whatever_was_done_to_it(long_trail: Engine, at: int, change: str) -> None:
    """One fault, named by its id; put back as it was, everything is whole again."""
    with behind_the_back() as session:
        victim = session.execute(text("select id from audit_entry order by id offset :at limit 1"), {"at": at}).scalar_one()
        session.execute(text("create temp table kept as select * from audit_entry where id = :id"), {"id": victim})
        session.execute(text(CHANGES[change]), {"id": victim})
        found = [fault for part in audit.parts(session) for fault in audit.look(session, part)]
        assert [fault.row_id for fault in found] == [victim]
        assert found[0].problem == ("deleted" if change == "deleted" else "altered") and found[0].seal_id is not None
        session.execute(text("delete from audit_entry where id = :id"), {"id": victim})
        session.execute(text("insert into audit_entry select * from kept"))
        session.execute(text("drop table kept"))
        assert [fault for part in audit.parts(session) for fault in audit.look(session, part)] == []


def test_a_row_slipped_into_the_middle_is_named_where_it_stands(long_trail: Engine, now: datetime) -> None:
    forged = uuid7()
    with behind_the_back() as session:
        session.execute(
            text("""insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, recorded_xid)
                    select :id, :now, :id, 'admin', 'lead.approved', 'lead', recorded_xid
                    from audit_entry order by id offset 20 limit 1"""),
            {"id": forged, "now": now},
        )  # its id is the newest of its transaction, so it stands behind that transaction's last row
        session.execute(text("update audit_entry set id = '00000000-0000-7000-8000-000000000001' where id = :id"), {"id": forged})
    (fault,) = faults()
    assert fault.startswith("audit_entry 00000000-0000-7000-8000-000000000001 was inserted")


def test_a_run_tells_how_far_it_is_and_what_it_found(long_trail: Engine, now: datetime) -> None:
    with transaction() as session:
        run = audit.request_verification(session, actor=ADMIN, now=now)
        assert audit.request_verification(session, actor=SYSTEM, now=now) == run, "one at a time"
        audit.begin_verification(session, verification_id=run, total=40)
        audit.note_progress(session, verification_id=run, step="Sealed rows", done=21)
        (view,) = audit.latest_verifications(session, actor=ADMIN)
        assert (view.done, view.total, view.ok, view.finished_at) == (21, 40, None, None)
        checks = [Check("seal chain", False, "Seal 3 was altered."), Check("ledger sum", True, "fine")]
        audit.finish_verification(session, verification_id=run, checks=checks, now=now + timedelta(minutes=1))
        audit.finish_verification(session, verification_id=run, checks=[], now=now)
        (view,) = audit.latest_verifications(session, actor=ADMIN)
        assert (view.ok, view.checks, view.finished_at) == (False, tuple(checks), now + timedelta(minutes=1))
        (entry,) = audit.search(session, actor=ADMIN, action="verification.finished", now=now)
        assert entry.after == {"ok": False, "checks": 2, "wrong": ["seal chain"]}
        assert audit.request_verification(session, actor=ADMIN, now=now) != run, "the next may begin"


def test_one_that_ends_while_it_is_asked_for_leaves_no_error(database: Engine, now: datetime) -> None:
    """Between "one runs already" and "which is it?" the one that ran was finished."""
    with transaction() as session:
        first = audit.request_verification(session, actor=ADMIN, now=now)
    ended: list[UUID] = []

    def end_the_first(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("select id from verification") and not ended:
            ended.append(first)
            with transaction() as other:
                audit.finish_verification(other, verification_id=first, checks=[], now=now)

    with transaction() as session:
        event.listen(session.connection(), "before_cursor_execute", end_the_first)
        second = audit.request_verification(session, actor=ADMIN, now=now)
    assert ended and second != first


def test_who_may_ask_and_look(database: Engine, now: datetime) -> None:
    with transaction() as session:
        with pytest.raises(Forbidden):
            audit.request_verification(session, actor=Actor(user_id=uuid7(), role="analyst"), now=now)
        with pytest.raises(Forbidden):
            audit.latest_verifications(session, actor=Actor(user_id=uuid7(), role="provider", provider_id=uuid7()))
