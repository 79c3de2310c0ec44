"""The made-up world: the same for the same seed, and its oracle is not beaten by anything that knows less."""

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from ml.cases import from_world
from ml.judging import by_rule, earlier_and_later
from ml.world import make_offers, make_people, make_tastes


def test_one_seed_is_one_world() -> None:
    assert from_world(make_people(3, leads=300), seed=3).fingerprint == from_world(make_people(3, leads=300), seed=3).fingerprint
    assert from_world(make_people(3, leads=300), seed=3).fingerprint != from_world(make_people(4, leads=300), seed=4).fingerprint
    assert make_tastes(3, leads=100, companies=5).bought == make_tastes(3, leads=100, companies=5).bought


def test_the_oracle_is_honest_and_ahead_of_the_rules() -> None:
    cases = from_world(make_people(1, leads=4000), seed=1)
    for kind in ("fraud", "quality"):
        truth, oracle, rule = cases.labels(kind), cases.truth(kind), np.clip(by_rule(cases, kind), 0.001, 0.999)
        assert oracle is not None
        assert log_loss(truth, oracle) < log_loss(truth, rule)
        assert roc_auc_score(truth, oracle) > roc_auc_score(truth, rule) - 0.005
        assert abs(oracle.mean() - truth.mean()) < 0.02


def test_nobody_buys_more_at_a_higher_price() -> None:
    demand, offers = make_offers(1, listings=50)
    prices = np.outer(demand.going_rate_cents, [0.5, 1.0, 2.0])
    chances = np.column_stack([demand.chance_of_sale(prices[:, n], 0.0) for n in range(3)])
    assert (np.diff(chances, axis=1) < 0).all()
    assert (demand.worth_cents(0.0) > demand.worth_cents(48.0)).all() and set(offers.bought) == {0.0, 1.0}


def test_a_ring_is_one_story_and_never_on_both_sides_of_a_split() -> None:
    people = make_people(3, leads=2000)
    _, sizes = np.unique(people.story, return_counts=True)
    linked = np.isin(people.story, np.unique(people.story)[sizes > 1])
    assert 1 < sizes.max() < 60 and 0.02 < linked.mean() < 0.2
    assert people.fraud_truth[linked].mean() > 3 * people.fraud_truth[~linked].mean()
    early, late = earlier_and_later(from_world(people, seed=3))
    assert not set(early.groups.tolist()) & set(late.groups.tolist())
