"""One table of steps: in code, in the database, and in whatever order people press the buttons (SPEC 2.7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.errors import Conflict
from core.leads import STATUSES, STEPS, Lead
from tests.builders import a_lead
from tests.core.leads.world import World, a_request, a_world, actions, force, jobs, status, submitted, token_of


def test_code_and_database_hold_the_same_steps(session: Session) -> None:
    rows = session.execute(text("select old_status, new_status from lead_transition"))
    assert {tuple(row) for row in rows} == {(old, new) for old, news in STEPS.items() for new in news}
    assert set(STEPS) == set(STATUSES)


@pytest.mark.parametrize("old", STATUSES)
def test_the_database_refuses_what_the_table_does_not_name(
    session: Session, now: datetime, world: World, old: leads.Status
) -> None:
    first = a_lead(session, now, world.niche, world.market)
    lead = a_lead(session, now, world.niche, world.market, status=old, duplicate_of=first.id)
    for new in STATUSES:
        if new == old:
            continue
        savepoint = session.begin_nested()
        try:
            session.execute(text("update lead set status = :new where id = :id"), {"new": new, "id": lead.id})
            allowed = True
        except exc.IntegrityError:
            allowed = False
        savepoint.rollback()
        assert allowed == (new in STEPS[old]), f"{old} -> {new}"


@pytest.mark.parametrize("old", STATUSES)
def test_verbs_refuse_with_a_typed_error(session: Session, now: datetime, world: World, old: leads.Status) -> None:
    first = a_lead(session, now, world.niche, world.market)
    lead = a_lead(session, now, world.niche, world.market, status=old, duplicate_of=first.id)
    verbs: dict[leads.Status, Callable[[], Lead]] = {
        "approved": lambda: leads.approve(session, actor=world.admin, lead_id=lead.id, now=now),
        "rejected": lambda: leads.reject(session, actor=world.admin, lead_id=lead.id, reason="No.", now=now),
        "quarantined": lambda: leads.quarantine(session, actor=world.admin, lead_id=lead.id, reason="Odd.", now=now),
        "withdrawn": lambda: leads.withdraw(session, actor=world.admin, lead_id=lead.id, reason="Asked.", now=now),
    }
    for new, verb in verbs.items():
        if new not in STEPS[old]:
            with pytest.raises(leads.IllegalStep) as refused:
                verb()
            assert isinstance(refused.value, Conflict) and (refused.value.old, refused.value.new) == (old, new)
            assert status(session, lead.id) == old


class Life(RuleBasedStateMachine):
    """Presses buttons on one lead in any order and keeps its own idea of what must come out."""

    session: Session
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
        self.savepoint = self.session.begin_nested()
        self.world = a_world(self.session, self.now)
        self.number = next(self.numbers)
        self.lead_id = submitted(self.session, self.now, self.world.niche, self.number)
        self.token = token_of(self.session, self.lead_id)
        self.expected: leads.Status = "pending_confirmation"
        self.confirmed, self.approved, self.consent = False, False, True
        self.steps = 1

    def teardown(self) -> None:
        self.savepoint.rollback()
        self.session.expire_all()

    def press(self, new: leads.Status, verb: Callable[[], object], *, possible: bool = True) -> None:
        """The verb succeeds exactly when the table allows the step, and nothing changes when it does not."""
        legal = new in STEPS[self.expected] and possible
        try:
            with self.session.begin_nested():
                verb()
        except Conflict:
            assert not legal, f"{self.expected} -> {new} was refused"
            return
        assert legal, f"{self.expected} -> {new} was allowed"
        self.expected, self.steps = new, self.steps + 1

    @rule()
    def confirm(self) -> None:
        try:
            done = leads.confirm(self.session, token=self.token, ip=None, user_agent=None, now=self.now)
        except leads.LinkExpired:
            assert not self.confirmed and (
                self.expected != "pending_confirmation" or self.now >= datetime(2026, 11, 5, 18, tzinfo=UTC)
            )
            return
        assert done.already == self.confirmed
        if not done.already:
            assert self.expected == "pending_confirmation"
            self.expected, self.confirmed, self.steps = "pending_approval", True, self.steps + 1

    @rule()
    def approve(self) -> None:
        self.press("approved", lambda: leads.approve(self.session, actor=self.world.admin, lead_id=self.lead_id, now=self.now))
        self.approved = self.approved or self.expected == "approved"

    @rule()
    def reject(self) -> None:
        act = {"actor": self.world.admin, "lead_id": self.lead_id, "reason": "No.", "now": self.now}
        self.press("rejected", lambda: leads.reject(self.session, **act))  # type: ignore[arg-type]

    @rule()
    def quarantine(self) -> None:
        act = {"actor": self.world.admin, "lead_id": self.lead_id, "reason": "Odd.", "now": self.now}
        self.press("quarantined", lambda: leads.quarantine(self.session, **act))  # type: ignore[arg-type]

    @rule()
    def release(self) -> None:
        back: leads.Status = "pending_approval" if self.confirmed else "pending_confirmation"
        verb = lambda: leads.release(self.session, actor=self.world.admin, lead_id=self.lead_id, now=self.now)  # noqa: E731
        self.press(back, verb, possible=self.expected == "quarantined")

    @rule()
    def withdraw(self) -> None:
        act = {"actor": self.world.admin, "lead_id": self.lead_id, "reason": "Asked.", "now": self.now}
        self.press("withdrawn", lambda: leads.withdraw(self.session, **act))  # type: ignore[arg-type]

    @precondition(lambda self: self.consent)
    @rule()
    def revoke(self) -> None:
        leads.revoke_consent(self.session, actor=self.world.admin, lead_id=self.lead_id, now=self.now)
        self.consent = False
        self.steps += 1
        if "withdrawn" in STEPS[self.expected]:
            self.expected, self.steps = "withdrawn", self.steps + 1

    @rule()
    def a_day_passes(self) -> None:
        self.now += timedelta(days=1)

    @rule()
    def expire(self) -> None:
        due = self.expected == "pending_confirmation" and self.now >= datetime(2026, 11, 11, 18, tzinfo=UTC)
        assert leads.expire_unconfirmed(self.session, now=self.now) == int(due)
        self.session.expire_all()
        if due:
            self.expected, self.steps = "expired", self.steps + 1

    @rule()
    def score(self) -> None:
        leads.score(self.session, self.lead_id, now=self.now)

    @invariant()
    def the_status_is_the_expected_one(self) -> None:
        assert status(self.session, self.lead_id) == self.expected

    @invariant()
    def each_step_is_in_the_trail(self) -> None:
        assert len(actions(self.session, self.lead_id)) == self.steps

    @invariant()
    def distribution_is_queued_only_for_the_approved(self) -> None:
        assert (jobs(self.session, "distribution.run") == [str(self.lead_id)]) == self.approved

    @invariant()
    def ended_before_approval_means_free_to_ask_again(self) -> None:
        held = self.session.execute(
            text("select count(*) from lead_identity where lead_id = :id"), {"id": self.lead_id}
        ).scalar_one()
        assert (held == 0) == (self.expected in ("expired", "rejected", "withdrawn") and not self.approved)


def test_any_order_of_buttons(session: Session) -> None:
    Life.session = session
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Life, settings=settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=checks)
    )


def test_forcing_is_for_tests_only(session: Session, now: datetime, world: World) -> None:
    """What ``force`` does in other tests still meets the database's own check."""
    lead_id = submitted(session, now, world.niche)
    with pytest.raises(exc.IntegrityError), session.begin_nested():
        force(session, lead_id, status="sold_out")
    assert (
        leads.submit(session, submission=a_request(world.niche, 9), actor=world.admin, now=now).status == "pending_confirmation"
    )
