"""Searches and reports by a real replica: who may be answered by it, and that a company sees its own writes at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core.kit import config, metrics, redis, replica_lag
from core.kit.db import transaction
from core.kit.local import LocalPostgres, LocalStandby
from tests import replicas
from tests.intake_api.rest.conftest import World


@pytest.fixture(scope="module")
def standby(postgres: LocalPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStandby]:
    with replicas.standby_of(postgres, tmp_path_factory.mktemp("standby")) as made:
        yield made


@pytest.fixture
def engine(standby: LocalStandby, world: World, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The replica's engine, once it has the world."""
    monkeypatch.setenv("DATABASE_REPLICA_URL", standby.url(str(database.url.database)))
    monkeypatch.setenv("HOTLEADS_REPLICA_LAG_S", "3600")
    return replicas.use(standby, database)


def answers(by: str) -> float:
    return metrics.REPLICA_READS.labels(by)._value.get()


def listing(world: World, person: str, lead: UUID) -> Any:
    items = world.call(person, "GET", "/marketplace/listings").get_json()["items"]
    return next(item for item in items if item["lead_id"] == str(lead))


def test_searches_and_reports_are_answered_by_the_replica(world: World, engine: Engine) -> None:
    before = answers("replica")
    paths = [
        ("provider", "/marketplace/listings?facets=1"),
        ("provider", "/marketplace/cells?west=-116&south=35&east=-114&north=37"),
        ("provider", "/provider/reports/kpis"),
        ("admin", "/marketplace/listings"),
        *(("admin", f"/admin/reports/{name}?refresh=1") for name in
          ("kpis", "funnel", "revenue", "fairness", "fairness/starvation", "distribution", "claims", "places", "success")),
    ]  # fmt: skip
    for person, path in paths:
        assert world.call(person, "GET", path).status_code == 200, path
    assert answers("replica") == before + len(paths)


def test_who_read_a_report_that_the_replica_gave_is_in_the_trail_of_the_primary(world: World, engine: Engine) -> None:
    before = answers("replica")
    for _ in range(3):
        assert world.call("analyst", "GET", "/admin/reports/revenue").status_code == 200
        assert world.call("analyst", "GET", "/admin/reports/fairness/starvation").status_code == 200
    assert answers("replica") == before + 6
    with transaction() as session:
        entries = session.execute(
            text("select actor_id, after ->> 'report' from audit_entry where action = 'report.read' order by id")
        )
        assert [tuple(row) for row in entries] == [
            (world.users["analyst"], "revenue"), (world.users["analyst"], "companies that go without"),
        ]  # fmt: skip


def test_a_company_sees_its_own_write_and_others_see_what_the_replica_has(
    world: World, on_sale: list[UUID], engine: Engine, standby: LocalStandby
) -> None:
    with replicas.held_back(standby):
        assert world.call("provider", "POST", "/cart", json={"lead_id": str(on_sale[0])}).status_code == 201
        mine, theirs = (listing(world, who, on_sale[0]) for who in ("provider", "rival"))
        assert mine["held_until"] is not None
        assert theirs["free_slots"] == mine["free_slots"] + 1 == 2, "the replica does not have it yet"
    replicas.caught_up(standby)
    before = answers("replica")
    assert listing(world, "provider", on_sale[0])["held_until"] is not None
    assert answers("replica") == before + 1, "it has replayed the write, so it answers again"


def test_one_that_is_too_far_behind_is_not_asked(
    world: World, engine: Engine, standby: LocalStandby, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replicas.held_back(standby):
        with transaction() as session:
            session.execute(text("update provider set updated_at = updated_at"))
        monkeypatch.setenv("HOTLEADS_REPLICA_LAG_S", "1e-9")
        config.settings.cache_clear()
        replicas.look_again(engine)
        before = answers("replica")
        assert world.call("rival", "GET", "/marketplace/listings").status_code == 200
        assert answers("replica") == before


def test_without_redis_nobody_knows_who_wrote_and_the_primary_answers(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers("replica")
    with monkeypatch.context() as away:
        away.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        config.settings.cache_clear()
        redis.redis.cache_clear()
        assert world.call("rival", "GET", "/marketplace/listings").status_code == 200
    config.settings.cache_clear()
    redis.redis.cache_clear()
    assert answers("replica") == before


def test_one_that_goes_away_costs_no_answer(
    world: World, postgres: LocalPostgres, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replicas.standby_of(postgres, tmp_path) as own:
        monkeypatch.setenv("DATABASE_REPLICA_URL", own.url(str(database.url.database)))
        engine = replicas.use(own, database)
        assert world.call("rival", "GET", "/marketplace/listings").status_code == 200
        replica_lag._watch(engine).until = float("inf")  # as between two looks at it
    assert world.call("rival", "GET", "/marketplace/listings").status_code == 200, "found out by this very search"
    assert not replica_lag.standing(engine).up


def test_a_company_reads_its_own_rows_only_by_the_replica_too(engine: Engine, world: World) -> None:
    from core.kit import db, replica, tenant

    with tenant.reading(world.provider, replica._engines(db.engine())) as session:
        assert session.get_bind().url.port == engine.url.port or session.get_bind().url.query == engine.url.query
        assert session.execute(text("select current_user, pg_is_in_recovery()")).one() == (db.TENANT_ROLE, True)
        assert session.execute(text("select id from provider")).scalars().all() == [world.provider]


def test_the_tenant_s_own_login_is_used_at_the_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.kit.replica import _as_company

    monkeypatch.setenv("DATABASE_TENANT_URL", "postgresql://portal:secret@primary/hotleads")
    config.settings.cache_clear()
    assert _as_company("postgresql://app:other@replica:5433/hotleads").endswith("//portal:secret@replica:5433/hotleads")
    config.settings.cache_clear()
