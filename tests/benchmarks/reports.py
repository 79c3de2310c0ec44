"""``hotleads bench reports``: pages of figures, a provider's inbox and files of rows over a year of ``scale`` requests.

Times are those of whole requests inside the server (routing, session, verb, JSON), over a database of the same size for
each figure. Cold: nothing kept in Redis. The last seven days have changed since they were counted, as in a busy week.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

import core.tables  # noqa: F401
from core import accounts, markets, niches, reports
from core.kit import clock, config, db, limits
from core.kit.db import make_engine, transaction
from core.kit.ids import uuid7
from intake_api.app import create_app
from tests.benchmarks.ground import ROOT, machine, own_database, percentile

Progress = Callable[[str], None]
HERE = Path(__file__).parent
RUNS, INBOX_CALLS = 9, 300
BARE = {
    "kpi": """select (select count(*) from lead where submitted_at >= %(since)s),
                (select count(*) from lead where confirmed_at >= %(since)s),
                (select count(*) from lead where reviewed_at >= %(since)s and verdict = 'approved'),
                count(*), count(distinct lead_id), sum(price_cents), count(viewed_at), count(decision), count(refunded_at)
              from assignment where assigned_at >= %(since)s""",
    "funnel": """select date_trunc('day', submitted_at), count(*), count(confirmed_at), count(reviewed_at),
                   count(*) filter (where exists (select from assignment a where a.lead_id = l.id))
                 from lead l where submitted_at >= %(since)s group by 1""",
    "inbox": """select a.id, a.price_cents, a.assigned_at, c.full_name from assignment a join lead l on l.id = a.lead_id
                join contact c on c.id = l.contact_id where a.provider_id = %(provider)s order by a.id desc limit 25""",
    "search": """select a.id, a.price_cents, a.assigned_at, c.full_name from assignment a join lead l on l.id = a.lead_id
                 join contact c on c.id = l.contact_id where a.provider_id = %(provider)s and c.email ilike %(like)s
                 order by a.id desc limit 25""",
}


def run(*, progress: Progress, scale: int = 20_000, **_: Any) -> dict[str, Any]:
    """Measure over ``scale`` requests and about three times as many sales; figures as in the contracts."""
    with own_database("reports") as url, _settings(url):
        began = time.monotonic()
        progress(f"loading a year of {scale} requests")
        sales = _load(url, scale)
        loaded = time.monotonic() - began
        progress(f"{sales} sales in {loaded:.0f} s; counting")
        counted = _timed(lambda: _in_transaction(lambda session: reports.fold(session, now=clock.utc_now())))
        _busy_week(url)
        people = _people(url)
        client = create_app().test_client()
        progress("reports")
        told = _reports(client, people["admin"])
        progress("inbox")
        told |= _inbox(client, people["providers"])
        progress("files")
        told |= _exports(url, scale, people["admin_id"])
        progress("bare SQL")
        bare = _bare(url, people["providers"])
        about = machine(url)
    return {
        "name": "reports", "scale": scale, "sales": sales, "machine": about, **told, "load_s": round(loaded, 1),
        "count_all_s": round(counted / 1000, 2), "limit": bare | {"command": "the same answers in plain SQL over psycopg"},
        "ratio": round(told["kpi_cold_ms"] / max(bare["kpi_ms"], 0.001), 3),
        "ratio_of": "kpi_cold_ms to the KPIs by plain SQL; lower is better",
    }  # fmt: skip


@contextmanager
def _settings(url: str) -> Iterator[None]:
    """The application works on the benchmark's database, without limits on calls."""
    import os

    kept = {name: os.environ.get(name) for name in ("DATABASE_URL", "HOTLEADS_DEMO")}
    os.environ |= {"DATABASE_URL": url, "HOTLEADS_DEMO": "false"}
    rules, limits.RULES["user"] = limits.RULES["user"], "10000000/minute"
    for cache in (config.settings, db.engine, limits._rule):
        cache.cache_clear()
    try:
        yield
    finally:
        db.engine().dispose()
        limits.RULES["user"] = rules
        os.environ.update({name: value for name, value in kept.items() if value is not None})
        for name in (name for name, value in kept.items() if value is None):
            os.environ.pop(name)
        for cache in (config.settings, db.engine, limits._rule):
            cache.cache_clear()


def _load(url: str, leads: int) -> int:
    engine, now = make_engine(url), clock.utc_now()
    with transaction(engine) as session:
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
    engine.dispose()
    script = (HERE / "reports_world.sql").read_text().replace(":leads", str(leads))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)  # type: ignore[call-overload]
        connection.execute("vacuum analyze")
        row = connection.execute("select count(*) from assignment").fetchone()
    assert row is not None
    return int(row[0])


def _busy_week(url: str) -> None:
    """Leads of the last seven days were opened and answered since the counts were made."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """update assignment set rating = 4 where id in (
                 select id from assignment where assigned_at > now() - interval '7 days' order by id desc limit 500)"""
        )
        connection.execute("insert into report_stale (moment) select now() - n * interval '1 day' from generate_series(0, 6) n")


def _people(url: str) -> dict[str, Any]:
    """An admin and twenty providers' users, signed in."""
    with transaction() as session:
        now = clock.utc_now()
        companies = session.scalars(text("select id from provider order by md5(id::text) limit 20")).all()
        admin = _user(now, "admin", totp_secret=b"x", totp_confirmed_at=now)
        users = [_user(now, f"p{n}", provider_id=company, role="provider") for n, company in enumerate(companies)]
        session.add_all([admin, *users])
        session.flush()
        tokens = [_token(session, user) for user in (admin, *users)]
    return {"admin": tokens[0], "admin_id": admin.id, "providers": list(zip(companies, tokens[1:], strict=True))}


def _user(now: datetime, name: str, *, role: str = "admin", **more: Any) -> accounts.User:
    email = f"{name}@hotleads.example"
    return accounts.User(
        id=uuid7(), email=email, email_key=email, role=role, status="active", created_at=now, updated_at=now, **more
    )


def _token(session: Session, user: accounts.User) -> str:
    from core.accounts.sessions import open_session

    return open_session(session, user=user, ip="127.0.0.1", user_agent="bench", now=clock.utc_now()).token


def _reports(client: FlaskClient, token: str) -> dict[str, Any]:
    """Cold: the median of calls that may keep nothing. Warm: the 95th of calls that find it kept."""
    year = (clock.utc_now() - timedelta(days=364)).date().isoformat()
    _get(client, token, "/admin/reports/kpis?refresh=true")
    cold = {
        name: _median([_get(client, token, f"/admin/reports/{path}&refresh=true") for _ in range(RUNS)])
        for name, path in {
            "kpi_cold_ms": "kpis?",
            "kpi_year_cold_ms": f"kpis?since={year}",
            "funnel_cold_ms": "funnel?",
            "revenue_cold_ms": "revenue?",
            "fairness_cold_ms": "fairness?",
            "places_cold_ms": "places?",
            "distribution_cold_ms": "distribution?",
            "success_cold_ms": "success?",
        }.items()
    }
    warm = sorted(_get(client, token, "/admin/reports/kpis") for _ in range(50))
    return cold | {"kpi_warm_ms": round(percentile(warm, 0.95), 2)}


def _inbox(client: FlaskClient, providers: list[tuple[UUID, str]]) -> dict[str, Any]:
    dice = random.Random(7)
    for _, token in providers:
        _get(client, token, "/provider/inbox")
    plain = [_get(client, dice.choice(providers)[1], f"/provider/inbox{_wish(dice)}") for _ in range(INBOX_CALLS)]
    found = [_get(client, dice.choice(providers)[1], f"/provider/inbox?search={_fragment(dice)}") for _ in range(INBOX_CALLS)]
    return {
        "inbox_p50_ms": round(percentile(sorted(plain), 0.5), 2), "inbox_p95_ms": round(percentile(sorted(plain), 0.95), 2),
        "inbox_search_p50_ms": round(percentile(sorted(found), 0.5), 2),
        "inbox_search_p95_ms": round(percentile(sorted(found), 0.95), 2),
    }  # fmt: skip


def _wish(dice: random.Random) -> str:
    return dice.choice(["", "", "?status=new", "?status=accepted", "?status=refunded", "?limit=100"])


def _fragment(dice: random.Random) -> str:
    """Whole and partial addresses, numbers with and without hits, and what everybody has."""
    n = dice.randrange(1, 20_000)
    return dice.choice(
        [f"person{n}", f"son{n % 1000}@", f"{n:05}", f"@example{n % 977}.com", "702555", "example", "person1", "nobody-has-this"]
    )


def _exports(url: str, scale: int, admin: UUID) -> dict[str, Any]:
    """Written by the job's own steps in a process of their own, whose peak memory is measured."""
    small, few = _export(admin, min(5_000, scale), "csv"), _export(admin, min(5_000, scale), "xlsx")
    large = _export(admin, scale, "csv")
    return {
        "export_5000_s": small["seconds"], "export_5000_xlsx_s": few["seconds"], "export_rows": large["rows"],
        "export_s": large["seconds"], "export_rss_mb": large["rss_mb"], "export_5000_rss_mb": small["rss_mb"],
        "export_mb": large["file_mb"],
    }  # fmt: skip


def _export(admin: UUID, rows: int, format: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.reports_export", str(admin), str(rows), format]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _bare(url: str, providers: list[tuple[UUID, str]]) -> dict[str, float]:
    dice, told = random.Random(7), {}
    with psycopg.connect(url) as connection:
        for name, sql in BARE.items():
            times = [
                _timed(lambda sql=sql, values=values: connection.execute(sql, values).fetchall())
                for values in ({"since": clock.utc_now() - timedelta(days=30), "provider": dice.choice(providers)[0],
                                "like": f"%{_fragment(dice)}%"} for _ in range(3 if name in ("kpi", "funnel") else 60))
            ]  # fmt: skip
            told[f"{name}_ms"] = round(percentile(sorted(times), 0.5 if len(times) == 3 else 0.95), 2)
    return told


def _get(client: FlaskClient, token: str, path: str) -> float:
    took = time.perf_counter()
    answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    took = time.perf_counter() - took
    assert answer.status_code == 200, answer.text
    return took * 1000


def _median(values: list[float]) -> float:
    return round(percentile(sorted(values), 0.5), 2)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _in_transaction(work: Callable[[Session], object]) -> None:
    with transaction() as session:
        work(session)
