"""Learning directions of meaning from the words of the exchange's own listings, and judging them on words not learned from.

There is no answer key in words, so a test makes one: the words of a listing are dealt into two halves, and of hundreds of other
halves the right one should lie nearest. What tells such halves apart tells leads apart.
"""

import pickle
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from core import recommendations
from core.advice import Comparison, Version
from core.kit.actor import Actor
from core.recommendations import Heard
from ml import progress, recommend, tracking
from ml.errors import TooFewRows
from ml.recommend import Embedder, LocalEmbedder
from ml.registry import Trained, read, standing_of, working

LEARNED, LEAST, MOST, TESTED = 0.75, 200, 20_000, 400
FIGURE = "reciprocal rank"


def gather(session: Session, *, actor: Actor, until: datetime) -> list[Heard]:
    """The newest 20,000 listings' words, oldest first."""
    return recommendations.words_on_sale(session, actor=actor, until=until, most=MOST)


def train(heard: list[Heard], *, until: datetime, seed: int = 0) -> Trained:
    """Learn from the earlier listings, judge on the later ones, log the run. Raises ``TooFewRows``."""
    if len(heard) < LEAST:
        raise TooFewRows(f"{len(heard)} listings are on sale; {LEAST} are needed to learn from. The untrained model goes on.")
    cut = int(len(heard) * LEARNED)
    with progress.part(f"Learning from {cut:,} listings", 0.1, 0.6):
        model = recommend.train([each.words for each in heard[:cut]], seed=seed)
    with progress.part(f"Testing on {len(heard) - cut:,} later listings", 0.6, 0.8):
        later = [each.words for each in heard[cut:]]
        figures = {who: judge(each, later) for who, each in (("model", model), ("rule", LocalEmbedder()))}
    snapshot = tracking.sha256("\x1f".join(each.words for each in heard).encode())
    run_id = tracking.log_run(
        "recommend",
        name=f"recommend until {until.isoformat()[:16]}",
        parameters={"seed": seed, "listings": len(heard), "origin": "exchange"},
        figures={f"{who}_reciprocal_rank": told["reciprocal_rank"] for who, told in figures.items()},
        documents={"figures.json": figures},
        tags={"snapshot": snapshot, "cut_off": until.isoformat()},
        model=model,
        registered="hotleads-recommend",
    )
    return Trained("recommend", run_id, tracking.sha256(pickle.dumps(model)), snapshot, figures)


def judge(model: Embedder, texts: Sequence[str]) -> dict[str, Any]:
    """How near the top the other half of each listing's words is found: one over its place, in the mean; 1 is always first."""
    tested = [text.split() for text in texts[-TESTED:]]
    rng = np.random.default_rng(0)
    dealt = [rng.permutation(len(words)) for words in tested]
    halves = [[" ".join(words[n] for n in order[side::2]) for words, order in zip(tested, dealt, strict=True)] for side in (0, 1)]
    likeness = model.embed(halves[0]) @ model.embed(halves[1]).T
    place = (likeness >= np.diag(likeness)[:, None]).sum(axis=1)  # those that lie as near count as nearer
    return {"reciprocal_rank": round(float((1 / place).mean()), 4), "rows": len(tested)}


def compare(session: Session, *, actor: Actor, version: Version, now: datetime) -> Comparison:
    """A version and what is in force (another one, or the untrained model) on the latest quarter of listings."""
    heard = gather(session, actor=actor, until=now)
    later = [each.words for each in heard[int(len(heard) * LEARNED) :]]
    if len(later) < LEAST * (1 - LEARNED):
        raise TooFewRows("Too few listings are on sale to compare on. Try again when there are more.")
    told = working(lambda: judge(read(version), later))["reciprocal_rank"]
    standing, name = standing_of(
        session, version, lambda champion: judge(read(champion), later), lambda: judge(LocalEmbedder(), later),
        rule="the untrained model",
    )  # fmt: skip
    return Comparison(FIGURE, told, standing["reciprocal_rank"], name, tracking.sha256("\x1f".join(later).encode()))
