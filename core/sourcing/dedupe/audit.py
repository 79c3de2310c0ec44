"""The nightly second opinion: Splink resolves the leads of the window by itself and asks about the pairs we missed (SPEC 8.4)."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit as trail
from core import ops
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.errors import Unavailable
from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns, columns
from core.sourcing.dedupe.compare import Comparison, Levels
from core.sourcing.dedupe.match import Verdict, note_questions, reasons_of, shape_of
from core.sourcing.dedupe.shape import Shape

MOST = 200_000  # leads of one night; the newest ones
AT_ONCE = 2_000  # rows on their way from the server
LEAST = 10  # below, there is nothing to learn from
SAMPLE_PAIRS = 1_000_000
ASK = 0.80  # Splink's probability from which a pair is asked about
FIELDS = ("first", "last", "number", "street", "city", "zip", "phone", "box")
# Pairs are looked at that share one of these, and learned from that share one of the first.
LEARN_BY = (("last", "zip"), ("number", "street"), ("phone",))
BLOCKS = (*LEARN_BY, ("box",), ("first", "zip"), ("first", "last"), ("number", "zip"))
CROWD = 100  # what so many have in common says nothing, and its pairs grow with the square: a broker's number, a made-up street

Ids = tuple[UUID, UUID]  # a lead and its niche

_LEADS = text("""
select l.id, l.niche_id, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, l.zip
from lead l join contact c on c.id = l.contact_id
where l.submitted_at > :since and l.status not in ('duplicate', 'erased', 'expired', 'rejected', 'withdrawn')
  and (:house_alone or l.submitted_at > cast(:now as timestamptz)
       - make_interval(days => coalesce((policy_of_lead(l.id, :now)).dedupe_days, :house)))
order by l.id desc limit :most
""")


# The longest window of a policy in force, or nothing.
_LONGEST = text("""
select max(p.dedupe_days) from (
  select distinct on (niche_id, state) dedupe_days from policy_period where from_at <= :now
   order by niche_id, state, from_at desc) p
""")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a night found: leads looked at, pairs that Splink takes for the same, and those of them that are new questions."""

    leads: int
    pairs: int
    asked: int


def resolve_entities(session: Session, *, now: datetime) -> Resolved:
    """Run Splink over the live leads of the duplicate window and ask about every likely pair nobody asked about yet.

    A policy's window holds for the leads of its niche and state, the setting of the house for the others (SPEC 2.6).
    Nothing is merged. Raises ``Unavailable`` when the backend of ``HOTLEADS_SPLINK_BACKEND`` is not installed.
    """
    ids, table = _read(session, _window(session, now))
    if len(ids) < LEAST:
        return Resolved(len(ids), 0, 0)
    found = predict(table, [str(niche_id) for _, niche_id in ids])
    asked = note_questions(session, list(questions(ids, table, found)), found_by="audit", now=now)
    done = Resolved(len(ids), len(found), asked)
    after = {"leads": done.leads, "pairs": done.pairs, "asked": done.asked}
    trail.record(session, SYSTEM, "duplicates.audited", entity_type="duplicates", entity_id=SYSTEM.user_id, now=now, after=after)
    return done


def _window(session: Session, now: datetime) -> dict[str, Any]:
    house = ops.threshold(session, "duplicate_window_days")
    longest = session.execute(_LONGEST, {"now": now}).scalar_one()
    since = now - timedelta(days=max(house, longest or 0))
    return {"since": since, "now": now, "house": house, "house_alone": longest is None}


def _read(session: Session, window: dict[str, Any]) -> tuple[list[Ids], Columns]:
    """Leads and niches, and what is compared of them, read by and by: no row is held, and each text once."""
    ids: list[Ids] = []
    niches: dict[UUID, UUID] = {}

    def shapes() -> Iterator[Shape]:
        for row in session.execute(_LEADS, window | {"most": MOST}, execution_options={"yield_per": AT_ONCE}):
            ids.append((row.id, niches.setdefault(row.niche_id, row.niche_id)))
            yield _shape(row)

    return ids, columns(shapes())


def more_than_a_phone(degrees: dict[str, Levels]) -> NDArray[np.bool_]:
    """Where some part of the name, the mailbox or the home agrees."""
    name = (degrees["first"] > 0) & (degrees["first"] < 5) | (degrees["last"] > 0) & (degrees["last"] < 4)
    name |= (degrees["org"] > 0) & (degrees["org"] < 4) | (degrees["crossed_first"] == 1) | (degrees["crossed_last"] == 1)
    home = (degrees["number"] == 1) & ((degrees["street"] == 1) | (degrees["street"] == 2))
    found: NDArray[np.bool_] = name | home | (degrees["email"] == 1)
    return found


def predict(table: Columns, niches: list[str], *, ask: float = ASK) -> list[tuple[int, int, float]]:
    """Pairs of rows of one niche, with Splink's probability that they are the same: at or above ``ask``."""
    import pandas as pd

    texts = {field: np.array([value or None for value in table.values[field]], dtype=object) for field in FIELDS}
    frame = pd.DataFrame({field: texts[field][table.codes[field]] for field in FIELDS})
    frame.insert(0, "unique_id", np.arange(len(frame)))
    frame["niche"] = niches
    for block in BLOCKS:
        crowds = frame.groupby(list(block), sort=False)["unique_id"].transform("size")
        frame[_few(block)] = ["few" if crowd <= CROWD else None for crowd in crowds]
    with _quiet():
        api = backend()
        linker = _linker(api, frame)
        told = linker.inference.predict(threshold_match_probability=ask).as_pandas_dataframe()
    return [
        (int(a), int(b), float(p))
        for a, b, p in zip(told["unique_id_l"], told["unique_id_r"], told["match_probability"], strict=True)
    ]


def _few(block: tuple[str, ...]) -> str:
    """The column that is null where too many share a block's values: null equals nothing."""
    return f"few_{'_'.join(block)}"


def backend() -> Any:
    """Splink's engine by setting: DuckDB in this process, on half of its cores, or Spark when one machine is outgrown."""
    if settings().splink_backend == "duckdb":
        import duckdb
        from splink import DuckDBAPI

        connection = duckdb.connect(config={"threads": max(1, (os.cpu_count() or 2) // 2)})
        connection.execute("set enable_progress_bar = false")
        return DuckDBAPI(connection=connection)
    try:
        spark: Any = import_module("pyspark.sql").SparkSession
    except ImportError as error:
        words = "HOTLEADS_SPLINK_BACKEND is spark, but pyspark is not installed. Install it, or set duckdb."
        raise Unavailable("splink.backend", words) from error
    return _spark(spark.builder.appName("hotleads"))


def _spark(builder: Any) -> Any:
    """A session with Splink's own functions. Cut points of its plans go where ``spark.checkpoint.dir`` says, which every
    executor has to reach; without it under HOTLEADS_HOME, which is right for a Spark on this machine."""
    from splink.internals.spark.jar_location import similarity_jar_location

    splink: Any = import_module("splink")
    session = builder.config("spark.jars", similarity_jar_location()).getOrCreate()
    if session.sparkContext.getCheckpointDir() is None:
        session.sparkContext.setCheckpointDir(str(settings().home.resolve() / "spark"))
    return splink.SparkAPI(spark_session=session)


def _linker(api: Any, frame: Any) -> Any:
    """A linker whose weights come from the data: u by random pairs, m by expectation and maximisation."""
    import splink.comparison_library as compare
    from splink import Linker, SettingsCreator, block_on

    wanted = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.JaroWinklerAtThresholds("first", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            compare.JaroWinklerAtThresholds("last", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            compare.DamerauLevenshteinAtThresholds("number", [1]),
            compare.JaroWinklerAtThresholds("street", [0.92]).configure(term_frequency_adjustments=True),
            compare.ExactMatch("zip"),
            compare.DamerauLevenshteinAtThresholds("phone", [1]),
            compare.JaroWinklerAtThresholds("box", [0.92]),
        ],
        blocking_rules_to_generate_predictions=[block_on("niche", *block, _few(block)) for block in BLOCKS],
        probability_two_random_records_match=min(0.1, weights.SAME_PER_RECORD / max(len(frame), weights.POPULATION)),
        max_iterations=10,
    )
    linker = Linker(api.register(frame), wanted, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE_PAIRS, seed=1)
    for block in LEARN_BY:
        _train(linker, block_on(*block, _few(block)))
    return linker


def _train(linker: Any, rule: Any) -> None:
    """One round of training; a rule under which nothing meets teaches nothing."""
    from splink.internals.exceptions import EMTrainingException

    try:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, fix_u_probabilities=True)
    except EMTrainingException:
        logging.getLogger(__name__).info("A rule of the duplicates' audit found no pairs to learn from.")


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells its progress at length; it goes to nobody."""
    log = logging.getLogger("splink")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _shape(row: Any) -> Shape:
    return shape_of(
        name=row.full_name, email=row.email, phone=row.phone, street=row.street, unit=row.unit, city=row.city, state=row.state,
        zip=row.zip,
    )  # fmt: skip


def questions(ids: list[Ids], table: Columns, found: list[tuple[int, int, float]]) -> Iterator[tuple[UUID, UUID, Verdict]]:
    """Splink's pairs, with the degrees of agreement by our own comparison. Whom nothing but a phone connects nobody is asked
    about: a rare number is all that Splink needs, and a household or an office gives one number for all (SPEC 8.4)."""
    if not found:
        return
    left, right = np.array([a for a, _, _ in found]), np.array([b for _, b, _ in found])
    degrees = Comparison(table).degrees(left, right)
    told = more_than_a_phone(degrees)
    for at, (a, b, p) in enumerate(found):
        if not told[at]:
            continue
        yield *ids[a], Verdict("review", ids[b][0], p, reasons_of(degrees, at))
