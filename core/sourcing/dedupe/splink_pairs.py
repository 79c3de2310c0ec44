"""Pairs of records that Splink takes for one person or firm: its engine, its weights learned from the data, its guesses."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from core.kit.config import settings
from core.kit.errors import Unavailable
from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns

SAMPLE_PAIRS = 1_000_000
ASK = 0.80  # Splink's probability from which a pair is asked about
FIELDS = ("first", "last", "number", "street", "city", "zip", "phone", "box")
# Pairs are looked at that share one of these, and learned from that share one of the first.
LEARN_BY = (("last", "zip"), ("number", "street"), ("phone",))
BLOCKS = (*LEARN_BY, ("box",), ("first", "zip"), ("first", "last"), ("number", "zip"))
CROWD = 100  # what so many have in common says nothing, and its pairs grow with the square: a broker's number, a made-up street


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
