"""What must be so after anything: nothing lost, nothing twice, sums agree, and the instance came back by itself."""

from typing import Any
from urllib.request import urlopen

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.kit.db import transaction
from jobs.verification import verify_all
from tests.eventually import eventually
from tests.faults.load import Told
from tests.faults.world import World

_OPEN = """select kind, state, attempts, run_at, left(error, 200) as error from outbox
            where state in ('ready', 'taken') and kind not like 'schedule.%' and kind <> 'health.probe'
              and (run_at <= now() or attempts > 0) limit 5"""
# As if the delay after a failed try were over, and the lease of a worker that died.
_HURRY = """update outbox set run_at = least(run_at, now()), lease_until = case when state = 'taken' then now() end
             where state in ('ready', 'taken') and attempts > 0 and (run_at > now() or lease_until < now() + interval '55 s')"""

Rule = tuple[str, str]
RULES: tuple[Rule, ...] = (
    ("a request that was taken in twice", """
        select email from contact c join lead on c.id = contact_id group by 1 having count(*) > 1"""),
    ("an assignment without exactly one charge", """
        select a.id from assignment a left join transfer t on t.id = a.transfer_id and t.kind = 'lead_charge'
         and t.amount_cents = a.price_cents where a.price_cents > 0 and t.id is null"""),
    ("a charge without exactly one assignment", """
        select t.id from transfer t left join assignment a on a.transfer_id = t.id
         where t.kind = 'lead_charge' group by t.id having count(a.id) <> 1"""),
    ("a lead sold twice to one company", "select lead_id from assignment group by lead_id, provider_id having count(*) > 1"),
    ("accounts that do not sum to zero", "select 1 from ledger_account having sum(booked_balance(id)) <> 0"),
    ("a wallet below zero", "select provider_id from wallet where balance_cents < 0"),
    ("a dead letter without a reason", "select id from outbox where state = 'dead' and coalesce(error, '') = ''"),
    ("an answer of the language model that was not counted", """
        select 1 where (select coalesce(sum(cost_microcents), 0) from enrichment)
                       > (select coalesce(sum(spent_microcents), 0) from enrichment_day)"""),
    ("a run that was never finished", "select lead_id from distribution_run where state = 'started'"),
)  # fmt: skip


def hurry() -> None:
    """As if what failed had waited long enough."""
    with transaction() as session:
        session.execute(text(_HURRY))


def until_settled(*, within_s: float = 120) -> None:
    """Wait until nothing of the outbox is left to do; fails with what still is."""
    left: list[object] = []

    def settled() -> bool:
        try:
            hurry()
            with transaction() as session:
                left[:] = session.execute(text(_OPEN)).all()
        except SQLAlchemyError as error:
            left[:] = [error]
        return not left

    try:
        eventually(settled, within_s=within_s, every_s=1.0)
    except AssertionError:
        raise AssertionError(f"after {within_s:.0f} s still to do: {left}") from None


def broken(port: int, world: World, told: Told) -> list[str]:
    """Every rule that does not hold, in words; nothing may be going on meanwhile."""
    with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
        return ([] if answer.status == 200 else [f"not ready: {answer.read()!r}"]) + differences(world, told)


def differences(world: World, told: Told) -> list[str]:
    """The rules on what is in the database."""
    with transaction() as session:
        found = [f"{words}: {rows[:3]}" for words, query in RULES if (rows := session.execute(text(query)).all())]
        found += [f"{each.name}: {each.detail}" for each in verify_all(session) if not each.ok]
        found += _lost(session, told) + _deposits(session, world)
    return found + told.gave_up


def _lost(session: Session, told: Told) -> list[str]:
    """What the instance had said was done, and is not."""
    kept = _pairs(session, "select email, lead.id::text from lead join contact on contact.id = contact_id")
    lost = [f"the request of {email} is lost" for email, lead in told.submitted.items() if kept.get(email) != lead]
    mailed = _pairs(session, "select recipient_id::text, count(*) from email_message where recipient_type = 'lead' group by 1")
    lost += [f"lead {lead} was never asked to confirm" for lead in told.submitted.values() if not mailed.get(lead)]
    read = _pairs(session, "select lead_id::text, count(*) from enrichment group by 1")
    scored = _pairs(session, "select id::text, quality from lead where quality is not null")
    lost += [f"lead {lead} was read {read.get(lead, 0)} times" for lead in told.confirmed if read.get(lead) != 1]
    lost += [f"lead {lead} was confirmed and never scored" for lead in told.confirmed if lead not in scored]
    bought = _pairs(session, "select key, assignment_ids::text[] from checkout")
    lost += [f"checkout {key} is lost" for key, ids in told.checkouts.items() if sorted(bought.get(key, [])) != sorted(ids)]
    runs = _pairs(session, "select lead_id::text, count(*) from distribution_run where state = 'finished' group by 1")
    return lost + [f"lead {lead} was approved and never distributed" for lead in told.approved if not runs.get(lead)]


def _deposits(session: Session, world: World) -> list[str]:
    """Companies that only pay in have what their gateways told of, to the cent."""
    wanted = {name: cents for plan in world.plans for name, cents in plan.books.items() if ":" in name}
    kept = _pairs(
        session, "select kind || ':' || provider_id, booked_balance(id) from ledger_account where provider_id is not null"
    )
    return [f"{name}: {kept.get(name)} instead of {cents} cents" for name, cents in wanted.items() if kept.get(name, 0) != cents]


def _pairs(session: Session, query: str) -> dict[str, Any]:
    return {row[0]: row[1] for row in session.execute(text(query))}
