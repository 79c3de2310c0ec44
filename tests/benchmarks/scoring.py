"""How long scores and recommendations take with 100,000 listings in memory, beside the bare arithmetic of the same."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.scoring import Signals
from ml import fraud, quality
from ml.cases import facts_of, from_world
from ml.recommend import Matrix, profile
from ml.recommend.embed import SIZE
from ml.served import Served, typical_of
from ml.world import make_people

PAST, MOST, ROUNDS = 200, 20, 200
NOW = datetime(2026, 11, 4, tzinfo=UTC)


def run(*, progress: Callable[[str], None], scale: int = 100_000) -> dict[str, Any]:
    """``score_p95_ms`` is both models with their reasons for one lead; ``recommend_p95_ms`` a profile and the nearest 20. Those
    with ``cpu`` are the processor's time, which others on the machine lengthen less."""
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
    recommends = _times(lambda: matrix.nearest(profile(matrix.rows[:PAST], fates, times, now=NOW), most=MOST, among=among))
    bare = _times(lambda: matrix.rows @ matrix.rows[0])
    p95 = {"score_p95_ms": _p95(scores.wall), "recommend_p95_ms": _p95(recommends.wall)}
    cpu = {"score_cpu_p95_ms": _p95(scores.cpu), "recommend_cpu_p95_ms": _p95(recommends.cpu)}
    return {
        "name": "scoring",
        "scale": scale,
        "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        **p95,
        **cpu,
        "limit": {"matrix_p95_ms": _p95(bare.wall), "command": "numpy: all listings times one vector"},
        "ratio": round(p95["recommend_p95_ms"] / max(_p95(bare.wall), 1e-6), 2),
        "ratio_of": "recommend_p95_ms / matrix_p95_ms, lower is better",
    }


def vars_of(signals: Signals) -> dict[str, Any]:
    """The signals by name."""
    return {name: getattr(signals, name) for name in signals.__dataclass_fields__}


@dataclass(frozen=True)
class _Times:
    """Milliseconds of each round: on the wall, and of the processor."""

    wall: list[float]
    cpu: list[float]


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
