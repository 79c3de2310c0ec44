"""Few rows by the quick way: the same answers to the last digit, and the library's own way wherever it can't vouch for that."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from ml import quality
from ml.cases import FACTS, Cases, from_world
from ml.cases.cases import table_of
from ml.served import Served, typical_of
from ml.tabular import Blend
from ml.tabular.columns import column_of
from ml.tabular.quick import quick
from ml.world import make_people


@pytest.fixture(scope="module")
def cases() -> Cases:
    return from_world(make_people(3, leads=900), seed=3)


@pytest.fixture(scope="module")
def served(cases: Cases) -> Served:
    return Served("quality", quality.train(cases), typical_of(cases))


def rows_of(cases: Cases) -> list[dict[str, object]]:
    found = []
    for n in range(len(cases.order)):
        numbers = {name: c.numbers[n] for name, c in cases.table.items() if c.kind == "number" and not np.isnan(c.numbers[n])}
        found.append(numbers | {name: c.values[n] for name, c in cases.table.items() if c.kind == "category"})
    return found


def test_it_says_what_the_library_says(cases: Cases, served: Served) -> None:
    made = quick(served.blend, FACTS, [served.typical])
    assert made is not None
    np.testing.assert_allclose(made.predict(rows_of(cases)), served.blend.predict(cases.table), rtol=0, atol=1e-12)
    odd: list[dict[str, object]] = [{}, {"niche": "never heard of", "hour": -3}, {"detail_words": 1e9, "market": None}]
    np.testing.assert_allclose(made.predict(odd), served.blend.predict(table_of(odd)), rtol=0, atol=1e-12)


def test_a_score_is_the_same_either_way_and_the_file_holds_nothing_of_it(served: Served) -> None:
    facts = {**served.typical, "detail_words": 60.0, "confirmed_after_s": 30.0, "gibberish": 0.9}
    before = pickle.dumps(replace(served))
    slow = replace(served)
    slow.__dict__["quick"] = None
    assert served.score(facts) == slow.score(facts) and served.quick is not None
    assert pickle.dumps(served) == before


def test_where_it_can_not_vouch_the_library_answers(served: Served) -> None:
    rng = np.random.default_rng(0)
    said = [" ".join(rng.choice(["roof", "leak", "hail", "soon", "price", "house", "water"], 6)) for _ in range(300)]
    table = {"words": column_of("words", said), "size": column_of("size", rng.random(300).tolist())}
    blend = Blend(rounds=10).fit(table, (rng.random(300) < 0.5).astype(float))
    assert quick(blend, {"size": "number"}, [{"size": 1.0}]) is None
    broken = pickle.loads(pickle.dumps(served))
    broken.blend.pair.trees[0]._predictors[0][0].nodes["left"][:] = 0  # a tree of another shape than is laid out
    del broken.blend.pair.trees[1]._preprocessor
    assert quick(broken.blend, FACTS, []) is None
