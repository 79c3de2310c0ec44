"""``hotleads bench api``: submit, ping, inbox and search over real HTTP, at each number of connections.

The server is production's, as for ``bench intake``. A year of an exchange stands behind it: 1,000 companies with their
subscriptions, ``scale`` requests sold three times each, as many listings. Callers are many: their limits are counted but never
reached. Beside each, in the same run, ``/health/live``: what server, client and machine do without any work.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

import core.tables  # noqa: F401
from core import accounts, payments
from core.accounts.sessions import open_session
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import make_engine, transaction
from tests import builders
from tests.benchmarks import intake, intake_client
from tests.benchmarks.ground import ROOT, machine, own_database, percentile

Progress = Callable[[str], None]
Call = list[Any]
HERE = Path(__file__).parent
ENDPOINTS = ("submit", "ping", "inbox", "search")
PER_CALLER = 80  # calls a minute of one signed-in person, of 100
PARTNERS = 10
WARM_UP = 200


def run(*, progress: Progress, scale: int = 20_000, connections: str = "8,32", calls: int = 2_000, **_: Any) -> dict[str, Any]:
    """Send ``calls`` of each kind at each number of connections; figures as in the contracts."""
    widths = [int(part) for part in str(connections).split(",")]
    with own_database("api") as url:
        progress(f"loading {scale} requests of a year and as many listings")
        world = _load(url, scale) | _callers(url, ceil((calls + WARM_UP) * 2 * len(widths) / PER_CALLER))
        with intake.serving(url) as port:
            found = {width: dict(_measured(world, port, width, calls, progress)) for width in widths}
        about = machine(url)
    figures = {f"{name}_{width}": told for width, each in found.items() for name, told in each.items() if name != "live"}
    live = {str(width): each["live"] for width, each in found.items()}
    ratios = {key: told["requests_per_s"] / live[key.rsplit("_", 1)[1]]["requests_per_s"] for key, told in figures.items()}
    return {
        "name": "api", "scale": scale, "machine": about, "connections": widths, "calls": calls, **figures,
        "errors": sum(told["errors"] for told in figures.values()),
        "worst_p95_ms": {str(width): max(each[name]["p95_ms"] for name in ENDPOINTS) for width, each in found.items()},
        "ratios": {key: round(value, 3) for key, value in ratios.items()},
        "limit": live | {"command": "GET /health/live by the same client, to the same server, over as many connections"},
        "ratio": round(min(ratios.values()), 3),
        "ratio_of": "the slowest kind's requests per second to those of /health/live; higher is better",
    }  # fmt: skip


def _measured(
    world: dict[str, Any], port: int, width: int, calls: int, progress: Progress
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("live", *ENDPOINTS):
        progress(f"{name}: {calls} calls over {width} connections")
        _send(world, port, width, [_call(world, name, _next(world)) for _ in range(min(WARM_UP, calls))])
        measured = _send(world, port, width, [_call(world, name, _next(world)) for _ in range(calls)])
        times = sorted(measured["ms"])
        yield (
            name,
            {
                "requests_per_s": round(calls / measured["seconds"], 1),
                "p50_ms": round(percentile(times, 0.5), 2),
                "p95_ms": round(percentile(times, 0.95), 2),
                "errors": sum(status not in (200, 201) for status in measured["statuses"]),
                "statuses": dict(Counter(map(str, measured["statuses"]))),
            },
        )


def _next(world: dict[str, Any]) -> int:
    world["number"] += 1
    return int(world["number"])


def _call(world: dict[str, Any], name: str, number: int) -> Call:
    dice: random.Random = world["dice"]
    if name == "live":
        return ["GET", "/health/live", None, None]
    if name == "submit":
        body = intake_client.body(number, world["niche"], world["form"], world["zips"], world["consent"])
        return ["POST", intake_client.PATH, None, json.loads(body)]
    if name == "ping":
        asked = {"niche": world["niche"], "zip": dice.choice(world["zips"]), "form_data": world["form"]}
        return ["POST", "/api/v1/partners/ping", world["keys"][number % PARTNERS], asked]
    token = world["tokens"][number % len(world["tokens"])]
    if name == "inbox":
        more = dice.choice(["", "", "?status=new", "?status=accepted", f"?search=person{dice.randrange(1, world['leads'])}"])
        return ["GET", f"/api/v1/provider/inbox{more}", token, None]
    lon, lat = dice.choice(world["places"])
    words = dice.choice(["", "", "&text=roof%20leak", "&sort=price", f"&niche_ids={world['niche_id']}"])
    return ["GET", f"/api/v1/marketplace/listings?lon={lon}&lat={lat}&radius_m=20000{words}", token, None]


def _send(world: dict[str, Any], port: int, width: int, calls: list[Call]) -> dict[str, Any]:
    plan = {"host": "127.0.0.1", "port": port, "connections": width, "first": world["number"], "calls": calls}
    command = [sys.executable, "-m", "tests.benchmarks.api_client"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _load(url: str, scale: int) -> dict[str, Any]:
    """Launch niches and markets, the year, and what is on sale."""
    plan = intake._prepare(url)
    for script, of in (("reports_world.sql", ":leads"), ("search_world.sql", ":listings")):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute((HERE / script).read_text().replace(of, str(scale)))  # type: ignore[call-overload]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        places = connection.execute(
            "select ST_X(place), ST_Y(place) from on_sale order by md5(lead_id::text) limit 100"
        ).fetchall()
        niche = connection.execute("select id::text from niche where slug = %s", [plan["niche"]]).fetchone()
    assert niche is not None
    return plan | {"places": places, "niche_id": niche[0], "leads": scale, "number": 0, "dice": random.Random(7)}


def _callers(url: str, people: int) -> dict[str, Any]:
    """Signed-in people of as many companies, and partners with keys."""
    engine, now = make_engine(url), clock.utc_now()
    with transaction(engine) as session:
        companies = session.scalars(text("select id from provider order by md5(id::text) limit :n"), {"n": people}).all()
        users = [builders.a_user(session, now, role="provider", provider_id=companies[n % len(companies)]) for n in range(people)]
        tokens = [open_session(session, user=user, ip="127.0.0.1", user_agent="bench", now=now).token for user in users]
        keys = [_partner_key(session, number) for number in range(PARTNERS)]
    engine.dispose()
    return {"tokens": tokens, "keys": keys}


def _partner_key(session: Session, number: int) -> str:
    now = clock.utc_now() - timedelta(seconds=1)
    admin = Actor(builders.a_user(session, now, role="admin").id, "admin")
    partner = payments.add_partner(session, actor=admin, name=f"Bench partner {number}", share_percent=20, now=now)
    scopes = ["intake", "ping"]
    return accounts.create_key(session, actor=admin, name="bench", scopes=scopes, partner_id=partner.id, now=now).token
