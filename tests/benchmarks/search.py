"""``hotleads bench search``: pages, counts and squares of the marketplace over ``scale`` listings, through the core verbs.

Each call is what an edge does that only looks: who looks, its plan, the page with places and prices, the note of the search.
Beside it the same listings are found by one plain prepared statement. ``plans`` says by which index the database found each kind.
"""

import json
import math
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

import core.tables  # noqa: F401
from core import marketplace, markets, niches
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import make_engine, reading, transaction
from core.marketplace import SearchQuery, ground
from tests import builders
from tests.benchmarks.ground import machine, own_database, percentile

Progress = Callable[[str], None]
Arguments = dict[str, Any]
HERE = Path(__file__).parent
KINDS = ("radius", "polygon", "text_radius", "facets", "cells", "similar")
_POINT = "ST_SetSRID(ST_Point(%(x)s, %(y)s), 3857)"
_NEAR = f"ST_DWithin(o.ground, {_POINT}, %(reach)s)"
_SHAPE = "ST_Covers(cast(%(shape)s as geometry), o.ground)"
BARE = {
    "radius": f"""select o.lead_id from on_sale o where o.niche_id = %(niche)s and {_NEAR}
                  order by o.ground <-> {_POINT} limit 50""",
    "polygon": f"""select o.lead_id from on_sale o where o.niche_id = %(niche)s and {_SHAPE}
                   order by o.opened_at desc limit 50""",
    "text_radius": f"""select o.lead_id from on_sale o where {_NEAR} and o.tsv @@ websearch_to_tsquery('english', %(text)s)
                       order by o.opened_at desc limit 50""",
    "facets": f"""select o.niche_id, count(*) from on_sale o where {_NEAR} group by rollup (o.niche_id)""",
    "cells": """select x, y, sum(listings) from sale_cell where level = 2 and x between %(west)s and %(east)s
                and y between %(south)s and %(north)s group by x, y""",
    "similar": f"""select o.lead_id from on_sale o where o.niche_id = %(niche)s and o.price_cents between %(low)s and %(high)s
                   order by o.ground <-> {_POINT} limit 25""",
}  # fmt: skip


def run(*, progress: Progress, scale: int = 100_000, **_: Any) -> dict[str, Any]:
    """Measure over ``scale`` listings; figures as in the contracts."""
    calls = 40 if scale < 1_000 else 300
    with own_database("search") as url, engine_of(url) as engine:
        began = time.monotonic()
        progress(f"loading {scale} listings")
        actor = load(engine, url, scale)
        loaded = time.monotonic() - began
        wishes = _wishes(url, calls)
        progress(f"loaded in {loaded:.0f} s; searching {calls} times for each kind")
        both = measured(engine, url, actor, wishes)
        ours, bare = {kind: each[0] for kind, each in both.items()}, {kind: each[1] for kind, each in both.items()}
        plans = {kind: _plan(engine, actor, kind, wishes[0]) for kind in KINDS}
        about = machine(url)
    limit = {f"{kind}_p95_ms": _at(bare[kind], 0.95) for kind in KINDS}
    ratios = {kind: round(_at(ours[kind], 0.95) / max(limit[f"{kind}_p95_ms"], 0.001), 2) for kind in KINDS}
    told = {f"{kind}_p50_ms": _at(ours[kind], 0.5) for kind in KINDS} | {
        f"{kind}_p95_ms": _at(ours[kind], 0.95) for kind in KINDS
    }
    return {
        "name": "search", "scale": scale, "machine": about, **told, "calls": calls, "load_s": round(loaded, 1), "plans": plans,
        "ratios": ratios, "limit": limit | {"command": "the same listings by one prepared statement over psycopg"},
        "ratio": max(ratios.values()), "ratio_of": "the worst kind's p95 to its plain SQL's p95; lower is better",
    }  # fmt: skip


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def load(engine: Engine, url: str, listings: int) -> Actor:
    """The launch markets and niches, listings in them, and a person of a company who looks."""
    now = clock.utc_now()
    with transaction(engine) as session:
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
        provider = builders.a_provider(session, now)
        user = builders.a_user(session, now, role="provider", provider_id=provider.id)
        actor = Actor(user.id, "provider", provider.id)
    script = (HERE / "search_world.sql").read_text().replace(":listings", str(listings))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)
        connection.execute("vacuum analyze")
    return actor


def _wishes(url: str, calls: int) -> list[Arguments]:
    """Where and what people look for: near listings, in their niche, for words that they have."""
    dice = random.Random(7)
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            """select lead_id, niche_id, ST_X(place), ST_Y(place), price_cents, words from on_sale
               order by md5(lead_id::text) limit %s""",
            [calls],
        ).fetchall()
    return [_wish(dice, *rows[number % len(rows)]) for number in range(calls)]


def _wish(dice: random.Random, lead: UUID, niche: UUID, lon: float, lat: float, cents: int, words: str) -> Arguments:
    lon, lat = lon + dice.uniform(-0.02, 0.02), lat + dice.uniform(-0.02, 0.02)
    corners = [(lon + 0.11 * math.cos(n * math.pi / 4), lat + 0.09 * math.sin(n * math.pi / 4)) for n in range(8)]
    polygon = json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})
    return {
        "lead": lead,
        "niche": niche,
        "lon": lon,
        "lat": lat,
        "cents": cents,
        "text": dice.choice(words.split()[-5:]),
        "polygon": polygon,
    }


def _call(session: Session, actor: Actor, kind: str, wish: Arguments, now: datetime) -> None:
    if kind == "cells":
        box = (wish["lon"] - 0.5, wish["lat"] - 0.4, wish["lon"] + 0.5, wish["lat"] + 0.4)
        marketplace.cells(session, actor=actor, box=box, level=2, now=now)
    elif kind == "facets":
        marketplace.facets(session, actor=actor, query=_query(kind, wish), now=now)
    else:
        marketplace.search(session, actor=actor, query=_query(kind, wish), now=now)


def _query(kind: str, wish: Arguments) -> SearchQuery:
    here = {"lon": wish["lon"], "lat": wish["lat"]}
    if kind == "radius":
        return SearchQuery(niche_ids=(wish["niche"],), **here, radius_m=10_000.0, sort="distance", limit=50)
    if kind == "polygon":
        return SearchQuery(niche_ids=(wish["niche"],), polygon=wish["polygon"], limit=50)
    if kind == "text_radius":
        return SearchQuery(text=wish["text"], **here, radius_m=10_000.0, limit=50)
    return SearchQuery(similar_to=wish["lead"]) if kind == "similar" else SearchQuery(**here, radius_m=10_000.0)


def measured(engine: Engine, url: str, actor: Actor, wishes: list[Arguments]) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds of each kind through core and by plain SQL, sorted; in turns, so that both meet the same machine."""
    with psycopg.connect(url, autocommit=True) as connection:

        def ours(kind: str, wish: Arguments) -> None:
            with reading(engine) as session:
                _call(session, actor, kind, wish, clock.utc_now())

        def bare(kind: str, wish: Arguments) -> None:
            connection.execute(BARE[kind], wish, prepare=True).fetchall()

        told = {}
        for kind in KINDS:
            plainly = [wish | _plainly(wish) for wish in wishes]
            for wish in plainly[:10]:
                ours(kind, wish)
                bare(kind, wish)
            pairs = [
                _pair(partial(ours, kind, wish), partial(bare, kind, wish), number % 2 > 0) for number, wish in enumerate(plainly)
            ]
            told[kind] = sorted(pair[0] for pair in pairs), sorted(pair[1] for pair in pairs)
    return told


def _pair(ours: Callable[[], object], bare: Callable[[], object], turned: bool) -> tuple[float, float]:
    """Milliseconds of both for one wish; who goes second finds the pages in memory, so that is each one's turn."""
    if turned:
        plain = _timed(bare)
        return _timed(ours), plain
    return _timed(ours), _timed(bare)


def _plan(engine: Engine, actor: Actor, kind: str, wish: Arguments) -> list[str]:
    """The indexes by which the database answers a call's largest statement."""
    heard: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "on_sale o" in statement or "sale_cell" in statement:
            heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        with transaction(engine) as session:
            _call(session, actor, kind, wish, clock.utc_now())
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    statement, parameters = max(heard, key=lambda each: len(each[0]))
    with engine.connect() as connection:
        lines = connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()
    found = re.findall(r"(?:using|Index Scan on) ((?:on_sale|sale_cell)\w*)|Seq Scan on (on_sale|sale_cell)\b", "\n".join(lines))
    return sorted({index or f"{table} (whole)" for index, table in found})


def _plainly(wish: Arguments) -> Arguments:
    """A wish in the map's own terms, as a plain statement wants it."""
    x, y = ground.mercator(wish["lon"], wish["lat"])
    west, south = ground.mercator(wish["lon"] - 0.5, wish["lat"] - 0.4)
    east, north = ground.mercator(wish["lon"] + 0.5, wish["lat"] + 0.4)
    squares = {"west": west // 4_000, "south": south // 4_000, "east": east // 4_000, "north": north // 4_000}
    prices = {"low": wish["cents"] // 2, "high": wish["cents"] * 2}
    place = {"x": x, "y": y, "reach": 10_000 / ground.shrink(wish["lat"]), "shape": ground.shape(wish["polygon"])[0]}
    return {name: int(value) for name, value in squares.items()} | prices | place


def _at(values: list[float], share: float) -> float:
    return round(percentile(values, share), 2)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
