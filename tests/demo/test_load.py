"""The demo market through the verbs: whole books, nothing twice, and a killed load goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

import core.tables  # noqa: F401
from core import audit, inventory, ledger, payments, returns
from core.kit import config, db
from core.kit.db import transaction
from core.kit.errors import Conflict, Forbidden
from core.kit.local import LocalPostgres
from demo.gateways import keys as gateway_keys
from demo.line import AS_OF_NOW
from demo.load import is_complete, load
from demo.sign_ins import sign_ins
from ml import registry
from tests import servers

NOW = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
SIZE = 60
KILLED_AT = 40  # per cent

TOTALS = {
    "leads": "select status, count(*) from lead group by 1",
    "runs": "select state, sum(assigned) from distribution_run group by 1",
    "assignments": "select coalesce(decision, 'open'), count(*) from assignment group by 1",
    "outcomes": "select coalesce(outcome, 'none'), count(*) from assignment group by 1",
    "money": "select kind, sum(amount_cents)::bigint from transfer group by 1",
    "wallets": "select company_name, balance_cents from wallet join provider on provider.id = wallet.provider_id",
    "deposits": "select gateway || ' ' || status, count(*) from deposit group by 1",
    "subscriptions": "select status, count(*) from subscription group by 1",
    "reports": "select status || ' ' || reason, count(*) from claim group by 1",
    "trail": "select action, count(*) from audit_entry group by 1",
    "queue": "select kind || ' ' || state, count(*) from outbox group by 1",
}


@contextmanager
def demo_instance(url: str, home: Path) -> Iterator[None]:
    """This process as one of an instance with the demo setting on."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url)
        environment.setenv("HOTLEADS_SEAL_FILE", str(home / "seals.jsonl"))
        environment.setenv("HOTLEADS_DEMO", "true")
        for name, value in gateway_keys.environment(gateway_keys.fresh_keys(), "http://127.0.0.1:1").items():
            environment.setenv(name, value)
        _forget()
        try:
            yield
        finally:
            db.engine().dispose()
            environment.undo()
            _forget()


def _forget() -> None:
    config.settings.cache_clear()
    db.engine.cache_clear()


@pytest.fixture(scope="module")
def empty_url(postgres: LocalPostgres) -> Iterator[str]:
    yield from _own_database(postgres)


@pytest.fixture(scope="module")
def loaded(postgres: LocalPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with a small market, loaded in one go by one process."""
    for url in _own_database(postgres):
        with demo_instance(url, tmp_path_factory.mktemp("load")):
            load(now=NOW, size=SIZE, processes=1)
        yield url


def _own_database(postgres: LocalPostgres) -> Iterator[str]:
    name = f"demo_{uuid4().hex[:8]}"
    postgres.create_database(name, template=servers.TEMPLATE)
    yield postgres.url(name)
    postgres.drop_database(name)


def totals() -> dict[str, dict[str, Any]]:
    with transaction() as session:
        return {name: {row[0]: row[1] for row in session.execute(text(query))} for name, query in TOTALS.items()}


def scalar(query: str) -> Any:
    with transaction() as session:
        return session.execute(text(query)).scalar_one()


def broken_checks() -> list[str]:
    with transaction() as session:
        audit.seal_new(session, now=NOW)
    with transaction() as session:
        checks = [
            *ledger.verify(session),
            *payments.verify(session),
            *inventory.verify(session),
            *returns.verify(session),
            *audit.verify(session),
        ]
        return [f"{check.name}: {check.detail}" for check in checks if not check.ok]


@pytest.fixture
def market(loaded: str, tmp_path: Path) -> Iterator[None]:
    with demo_instance(loaded, tmp_path):
        yield


@pytest.mark.usefixtures("market")
def test_the_books_of_the_past_are_whole() -> None:
    assert is_complete() and broken_checks() == []
    assert scalar("select count(*) from wallet where balance_cents < 0") == 0
    assert scalar("select count(*) from transfer where kind = 'lead_charge'") == scalar("select count(*) from assignment") > 10


@pytest.mark.usefixtures("market")
def test_plans_are_paid_on_their_days_and_reminders_stay_in_the_past() -> None:
    assert scalar("select count(*) from plan_fee") > scalar("select count(distinct membership_id) from plan_fee") > 0
    assert scalar("select count(*) from plan_fee where charged_at > starts_at + interval '1 day'") == 0
    assert scalar("select count(*) from outbox where kind in ('wallet.low', 'plan.fee') and state <> 'done'") == 0
    assert scalar("select count(*) from partner") == 1


@pytest.mark.usefixtures("market")
def test_companies_pay_by_card_by_paypal_and_by_bank() -> None:
    found = totals()
    assert found["deposits"].keys() >= {"stripe completed", "paypal completed", "stripe failed"}
    assert scalar("select count(*) from deposit where status = 'completed'") == scalar(
        "select count(*) from transfer where kind = 'deposit'"
    )
    assert scalar("select count(*) from payment_event where outcome not in ('completed', 'failed')") == 0
    assert 0 < found["money"]["manual_credit"] < found["money"]["deposit"]
    assert scalar("select count(*) from outbox where kind = 'payment.webhook' and state <> 'done'") == 0


@pytest.mark.usefixtures("market")
def test_every_stage_of_a_lead_can_be_seen() -> None:
    leads = totals()["leads"]
    assert leads.keys() >= {"approved", "rejected", "duplicate", "withdrawn", "expired", "pending_confirmation"}
    assert sum(leads.values()) == SIZE and leads["pending_approval"] >= 10


@pytest.mark.usefixtures("market")
def test_the_past_looks_as_if_it_had_happened_then() -> None:
    jumps = "select count(*) from (select submitted_at < lag(submitted_at) over (order by id) as back from lead) l where back"
    assert scalar(jumps) == 0, "lists by id are lists by time"
    assert scalar("select count(*) from audit_entry where at > '2026-11-04 18:00+00'") == 0
    assert scalar("select extract(day from max(at) - min(at)) from audit_entry where entity_type = 'lead'") >= 80


@pytest.mark.usefixtures("market")
def test_nothing_of_the_past_waits_for_a_worker_but_links_that_still_work() -> None:
    links = "kind = 'email' and key like 'lead_confirmation:%'"
    waiting = (
        "select count(*) from outbox where state <> 'done' and kind not in ('model.train', 'lead.enrich') and {} (" + links + ")"
    )
    assert scalar(waiting.format("not")) == 0
    assert 0 < scalar(waiting.format("")) <= totals()["leads"]["pending_confirmation"]
    assert scalar("select count(*) from email_message") == 0
    assert scalar("select count(*) from outbox where state = 'done' and (progress ->> 'note' is null or sealed is not null)") == 0


@pytest.mark.usefixtures("market")
def test_everybody_stands_in_line_as_a_second_look_finds_them() -> None:
    """So a run of today agrees with its trace, although the history was not written in the order of its days."""
    query = text("""
        select count(*) from subscription a join past.subscription then_a using (id)
          join subscription b on b.level_id = a.level_id join past.subscription then_b on then_b.id = b.id
         where a.last_received_at < b.last_received_at and then_a.last_received_at > then_b.last_received_at""")
    with transaction() as session:
        session.execute(AS_OF_NOW)
        assert session.execute(query).scalar_one() == 0
    unlike = """
        select count(*) from (select from subscription where last_received_at is not null
                              group by level_id, last_received_at having count(*) > 1) s"""
    assert scalar(unlike) == 0, "no two of a level stand at one place"


@pytest.mark.usefixtures("market")
def test_every_model_is_to_learn_from_it() -> None:
    asked = "select count(*) from outbox where kind = 'model.train' and state = 'ready'"
    assert scalar(asked) == len(registry.MODELS)


@pytest.mark.usefixtures("market")
def test_what_waits_for_review_is_to_be_read() -> None:
    waiting = scalar("select count(*) from lead where status = 'pending_approval'")
    asked = "select count(*) from outbox where kind = 'lead.enrich' and state = 'ready'"
    assert scalar(asked) == waiting > 0


@pytest.mark.usefixtures("market")
def test_nobody_real_is_in_the_database() -> None:
    assert (
        scalar(
            "select count(*) from contact where email !~ '@example[.](com|net|org)$' or phone !~ '^[+]1[0-9]{3}55501[0-9]{2}$'"
        )
        == 0
    )
    assert scalar("select count(*) from user_account where email !~ '@example[.](com|net|org)$' and role <> 'system'") == 0


@pytest.mark.usefixtures("market")
def test_the_people_of_the_start_screen_exist() -> None:
    with transaction() as session:
        query = text("select email, role from user_account where status = 'active' and password_hash is not null")
        known = {row.email: row.role for row in session.execute(query)}
        staff = session.execute(
            text("select bool_and(demo and totp_confirmed_at is not null) from user_account where role = 'admin'")
        )
        assert staff.scalar_one()
    assert {person.email: person.role for person in sign_ins()}.items() <= known.items()


@pytest.mark.usefixtures("market")
def test_loading_it_again_adds_nothing() -> None:
    before = totals()
    load(now=NOW, size=SIZE)
    assert totals() == before
    with pytest.raises(Conflict):
        load(seed=8, now=NOW, size=SIZE)
    assert totals() == before


def test_a_load_that_is_killed_goes_on_where_it_stopped(loaded: str, empty_url: str, tmp_path: Path) -> None:
    with demo_instance(empty_url, tmp_path):
        _load_and_kill()
        assert not is_complete() and 0 < scalar("select count(*) from lead") < SIZE
        load(now=datetime.now(UTC), size=SIZE)  # by two processes; the moment the history ends is remembered
        assert is_complete() and broken_checks() == []
        resumed = totals()
    with demo_instance(loaded, tmp_path):
        assert resumed == totals()


def _load_and_kill() -> None:
    """Load in a process of its own and kill it in the middle of its work."""
    program = f"""
import core.tables
from datetime import datetime
from demo.load import load
load(lambda line: print(line, flush=True), now=datetime.fromisoformat("{NOW.isoformat()}"), size={SIZE}, processes=1)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert child.stdout is not None
    for line in child.stdout:
        if "%" in line and int(line.split()[1]) >= KILLED_AT:
            child.kill()
    child.stdout.close()
    assert child.wait() == -9


@pytest.mark.usefixtures("database")
def test_the_demo_is_loaded_only_while_its_setting_is_on() -> None:
    with pytest.raises(Forbidden):
        load(now=NOW, size=SIZE)
