"""``hotleads bench scoring``: how long scores take, and recommendations as a page asks for them, with ``scale`` listings in a
database of its own; beside it the bare arithmetic of the same."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import recommendations
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.scoring import Signals
from ml import fraud, quality
from ml.cases import facts_of, from_world
from ml.recommend import LocalEmbedder, Matrix, Shelf, profile, recommended
from ml.recommend.embed import SIZE
from ml.served import Served, typical_of
from ml.world import make_people
from tests import builders
from tests.benchmarks import search
from tests.benchmarks.ground import machine, own_database

PAST, MOST, ROUNDS = 200, 20, 200
NOW = datetime(2026, 11, 4, tzinfo=UTC)


def run(*, progress: Callable[[str], None], scale: int = 100_000) -> dict[str, Any]:
    """``score_p95_ms`` is both models with their reasons for one lead. ``recommend_p95_ms`` is all a page asks of the server: a
    transaction, the company's past and wishes, the nearest listings, their cards; ``nearest_p95_ms`` the arithmetic of it.
    ``shelf_read_ms`` is what a process takes to read all listings, once a minute and beside whoever asks. Those with ``cpu``
    are this process's time, which others on the machine lengthen less."""
    progress("training both models on a made-up world")
    cases = from_world(make_people(1, leads=1500), seed=1)
    served = [Served(judge.KIND, judge.train(cases), typical_of(cases)) for judge in (fraud, quality)]
    facts = facts_of(vars_of(Signals(disposable_domain=True, ip_leads_hour=4, optional_asked=6)), niche="hvac", market="austin",
                     source="form", at=NOW)  # fmt: skip
    scores = _times(lambda: [each.score(facts) for each in served])
    progress(f"reading {scale} listings")
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(scale, SIZE)).astype(np.float32)
    matrix = Matrix(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    among = rng.random(scale) < 0.3
    fates, times = ["bought"] * PAST, [NOW] * PAST
    nearest = _times(lambda: matrix.nearest(profile(matrix.rows[:PAST], fates, times, now=NOW), most=MOST, among=among))
    bare = _times(lambda: matrix.rows @ matrix.rows[0])
    recommends, read_ms, about = _page(matrix, scale, progress)
    p95 = {"score_p95_ms": _p95(scores.wall), "recommend_p95_ms": _p95(recommends.wall), "nearest_p95_ms": _p95(nearest.wall)}
    cpu = {"score_cpu_p95_ms": _p95(scores.cpu), "recommend_cpu_p95_ms": _p95(recommends.cpu)}
    return {
        "name": "scoring",
        "scale": scale,
        "machine": about | {"load": round(os.getloadavg()[0], 1)},
        **p95,
        **cpu,
        "shelf_read_ms": read_ms,
        "limit": {"matrix_p95_ms": _p95(bare.wall), "command": "numpy: all listings times one vector"},
        "ratio": round(p95["nearest_p95_ms"] / max(_p95(bare.wall), 1e-6), 2),
        "ratio_of": "nearest_p95_ms / matrix_p95_ms, lower is better",
    }


def vars_of(signals: Signals) -> dict[str, Any]:
    """The signals by name."""
    return {name: getattr(signals, name) for name in signals.__dataclass_fields__}


@dataclass(frozen=True)
class _Times:
    """Milliseconds of each round: on the wall, and of the processor."""

    wall: list[float]
    cpu: list[float]


def _page(matrix: Matrix, scale: int, progress: Callable[[str], None]) -> tuple[_Times, float, dict[str, Any]]:
    """A company's recommendations from a real database: the calls, and the milliseconds of reading all that is on sale."""
    with own_database("scoring") as url, search.engine_of(url) as engine:
        progress(f"loading {scale} listings with their vectors into a database")
        actor = search.load(engine, url, scale)
        _keep_vectors(url, matrix)
        with transaction(engine) as session:
            _bought(session, actor, matrix)
        shelf = Shelf(LocalEmbedder())

        def ask() -> None:
            with transaction(engine) as session:
                assert len(recommended(session, actor=actor, most=3, now=utc_now(), by=shelf)) == 3

        began = time.perf_counter()
        ask()
        read_ms = round((time.perf_counter() - began) * 1000, 1)
        return _times(ask), read_ms, machine(url)


def _keep_vectors(url: str, matrix: Matrix) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        leads = connection.execute("select lead_id from on_sale order by lead_id").fetchall()
        with connection.cursor().copy("copy lead_vector (lead_id, model, vector, at) from stdin") as copy:
            for (lead,), row in zip(leads, matrix.rows, strict=True):
                copy.write_row((lead, LocalEmbedder().name, row.tobytes(), NOW))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze lead_vector")


def _bought(session: Session, actor: Actor, matrix: Matrix) -> None:
    """What the company had before: as many leads as a profile looks at."""
    niche = builders.a_niche(session, NOW)
    market = session.scalars(select(builders.Market).where(builders.Market.slug == "las-vegas")).one()
    for n in range(PAST):
        lead = builders.a_lead(session, NOW, niche, market, slots=1)
        row = {"l": lead.id, "p": actor.provider_id, "n": niche.id, "at": NOW}
        session.execute(text("update slot set state = 'sold', provider_id = :p where lead_id = :l"), row)
        session.execute(
            text("""insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at)
                    values (uuid7(), :l, :p, 1, 'marketplace', :n, 0, :at)"""),
            row,
        )
        recommendations.keep_vectors(session, [(lead.id, matrix.rows[n].tobytes())], model=LocalEmbedder().name, now=NOW)


def _times(work: Callable[[], object]) -> _Times:
    work()
    found = _Times([], [])
    for _ in range(ROUNDS):
        begun, used = time.perf_counter(), time.process_time()
        work()
        found.wall.append((time.perf_counter() - begun) * 1000)
        found.cpu.append((time.process_time() - used) * 1000)
    return found


def _p95(times: list[float]) -> float:
    return round(float(np.quantile(times, 0.95)), 2)
