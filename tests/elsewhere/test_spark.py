"""The nightly audit of duplicates on a real Spark says what it says on DuckDB (HOTLEADS_SPLINK_BACKEND)."""

from collections.abc import Iterator

import pytest

from core.kit.config import settings
from core.sourcing.dedupe import shape
from core.sourcing.dedupe.columns import columns
from core.sourcing.dedupe.splink_pairs import predict

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Downcasting object dtype:FutureWarning"),  # of Splink's own, on its way to Spark
]
FIRSTS = ("Ada", "Ben", "Cleo", "Dov", "Eve", "Finn", "Gus", "Hana", "Ivo", "June")
LASTS = ("Quill", "Stone", "Marsh", "Field", "Brook", "Larch", "Alder", "Heath")


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """A Spark of few partitions inside this process; what it is told stands where Spark looks for it."""
    conf = tmp_path_factory.mktemp("spark")
    (conf / "spark-defaults.conf").write_text("spark.master local[2]\nspark.sql.shuffle.partitions 4\nspark.ui.enabled false\n")
    monkeypatch.setenv("SPARK_CONF_DIR", str(conf))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("HOTLEADS_HOME", str(conf / "home"))
    yield monkeypatch
    settings.cache_clear()


def test_the_same_pairs_with_the_same_probabilities(backend: pytest.MonkeyPatch) -> None:
    people = [
        {"name": f"{first} {last}", "address": f"{7 * n + 3} {last} St", "zip": f"891{n % 40:02d}", "phone": f"702300{n:04d}"}
        for n, (first, last) in enumerate((f, la) for f in FIRSTS for la in LASTS)
    ]
    twins = [person | {"phone": "", "address": person["address"].replace("St", "Street")} for person in people[:12]]
    table, niches = columns(map(shape, people + twins)), ["n"] * (len(people) + len(twins))
    told = {}
    for name in ("duckdb", "spark"):
        backend.setenv("HOTLEADS_SPLINK_BACKEND", name)
        settings.cache_clear()
        told[name] = {(min(a, b), max(a, b)): round(p, 3) for a, b, p in predict(table, niches)}
    assert told["spark"] == told["duckdb"] and {(n, len(people) + n) for n in range(12)} <= set(told["spark"])
