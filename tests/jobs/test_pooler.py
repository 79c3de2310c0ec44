"""The exchange through a real PgBouncer in transaction mode, where each transaction may have another connection."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from core import inbox, leads
from core.accounts.sessions import open_session
from core.accounts.users import User
from core.kit import alone, config, db, tenant
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Unavailable
from core.kit.local import LocalPostgres
from core.sourcing import SourceBusy
from intake_api.app import create_app
from jobs.ingest import _alone
from tests.builders import a_provider
from tests.core.leads.world import a_request, token_of
from tests.eventually import eventually
from tests.jobs.conftest import StartWorker
from tests.jobs.test_story import a_market_day, drain
from tests.mailserver import MailServer
from tests.pooler import pooled

MOST = 2  # connections to the server: far fewer than there are clients


@pytest.fixture
def database(database: Engine, postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The test's database, reached through the pooler."""
    with pooled(postgres, str(database.url.database), tmp_path / "pooler", most=MOST) as address:
        monkeypatch.setenv("DATABASE_URL", f"{address}/hotleads")
        monkeypatch.setenv("DATABASE_TENANT_URL", f"{address}/hotleads_tenant")
        monkeypatch.setenv("HOTLEADS_DATABASE_POOLER", "true")
        config.settings.cache_clear()
        db.engine.cache_clear()
        engine = db.engine()
        yield engine
        engine.dispose()
    database.dispose()


def test_a_lead_travels_from_the_form_to_an_accepting_company(
    exchange: Engine, mail_server: MailServer, start_worker: StartWorker
) -> None:
    world, owner = a_market_day()
    with transaction() as session:
        token = open_session(session, user=session.get_one(User, owner.user_id), ip=None, user_agent="t", now=utc_now()).token
    request = a_request(world.niche)
    body = {"niche": request.niche, "zip": request.zip, "form_data": request.form_data, "consent": request.consent}
    with create_app().test_client() as client:
        answer = client.post("/api/v1/leads", json=body | {"contact": request.contact}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201, answer.text
        lead_id = UUID(answer.get_json()["lead_id"])
        with transaction() as session:
            leads.confirm(session, token=token_of(session, lead_id), ip=None, user_agent=None, now=utc_now())
        start_worker()  # scores it, distributes it, writes the letters
        with transaction() as session:
            leads.approve(session, actor=world.admin, lead_id=lead_id, notify=True, now=utc_now())
        eventually(lambda: any(letter["Subject"].startswith("New roofing lead") for letter in mail_server.letters))
        mine = {"Authorization": f"Bearer {token}"}
        for _ in range(12):  # more often than the driver would wait before it prepares a statement
            items = client.get("/api/v1/provider/inbox", headers=mine).get_json()["items"]
        assert len(items) == 1
        assert client.post(f"/api/v1/provider/leads/{items[0]['id']}/accept", headers=mine).status_code == 200
        assert client.get("/api/v1/marketplace/listings?facets=1", headers=mine).status_code == 200
    with transaction() as session:
        assert [row.status for row in inbox.list_assignments(session, actor=owner)] == ["accepted"]


def test_companies_that_share_connections_see_their_own_rows_only(database: Engine) -> None:
    with transaction() as session:
        companies = [a_provider(session, utc_now()).id for _ in range(6)]
    own = text("select id from provider")

    def look(number: int) -> None:
        company = companies[number % len(companies)]
        with tenant.reading(company) as session:
            assert [row[0] for row in alone.tuples_alone(session, own, {})] == [company]
        with tenant.transaction(company) as session:
            assert session.execute(own).scalars().all() == [company]
        with db.transaction() as session:
            named = "select nullif(current_setting('hotleads.provider', true), ''), current_user"
            assert session.execute(text(named)).one() == (None, db.APP_ROLE), "nothing is left of the company before"

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(look, range(300)))


def test_a_source_is_walked_by_one_at_a_time(database: Engine) -> None:
    source = uuid4()
    with _alone(source):
        for _ in range(5):
            with transaction() as session:
                session.execute(text("select 1"))
        with pytest.raises(SourceBusy), _alone(source):
            pass
    with _alone(source):
        pass


def test_work_that_follows_a_change_is_done_once(exchange: Engine, mail_server: MailServer) -> None:
    world, _ = a_market_day()
    with transaction() as session:
        leads.submit(session, submission=a_request(world.niche), actor=world.admin, now=utc_now())
    drain()
    with transaction() as session:
        assert set(session.execute(text("select state from outbox")).scalars()) == {"done"}


def test_a_pooler_that_works_as_the_owner_is_refused(
    database: Engine, postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        name = session.execute(text("select current_database()")).scalar_one()
    with pooled(postgres, name, tmp_path / "owner", most=1, role="hotleads") as address:
        monkeypatch.setenv("DATABASE_URL", f"{address}/hotleads")
        config.settings.cache_clear()
        db.engine.cache_clear()
        with pytest.raises(Unavailable, match="must set role hotleads_app"), transaction() as session:
            session.execute(text("select 1"))
        db.engine().dispose()
