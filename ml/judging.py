"""What fraud and quality have in common: learning from cases whose end is known, and being judged beside rule and oracle."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.scoring import Signals
from core.scoring import fraud as fraud_by_rule
from core.scoring import quality as quality_by_rule
from ml.cases import SLICES, Cases
from ml.errors import TooFewRows
from ml.measures import measure
from ml.tabular import Blend

Floats = NDArray[np.float64]
LEAST, LEAST_OF_EACH, LEAST_OF_SLICE = 200, 20, 100
ASKED = 6


def learn(cases: Cases, kind: str, *, seed: int) -> Blend:
    """Fit on the cases whose end is known; raises ``TooFewRows`` in words."""
    known = cases.take(~np.isnan(cases.labels(kind)))
    truth = known.labels(kind)
    good = int(truth.sum())
    if len(truth) < LEAST or min(good, len(truth) - good) < LEAST_OF_EACH:
        raise TooFewRows(
            f"{len(truth)} leads with a known end, {good} of one kind, are too few to learn {kind} from: "
            f"{LEAST} and {LEAST_OF_EACH} of each are needed. The written rule stays in force."
        )
    return Blend(seed=seed, rounds=120).fit(known.table, truth, known.groups)


def earlier_and_later(cases: Cases, *, share: float = 0.75) -> tuple[Cases, Cases]:
    """The cases up to a moment and those after it; later ones that belong to an earlier one's group are left out."""
    if len(cases.order) < LEAST:
        raise TooFewRows(
            f"{len(cases.order)} leads are too few to learn from: {LEAST} are needed. The written rule stays in force."
        )
    cut = np.quantile(cases.order, share)
    early = cases.order <= cut
    late = ~early & ~np.isin(cases.groups, cases.groups[early])
    return cases.take(early), cases.take(late)


def judge(model: Blend, cases: Cases, kind: str) -> dict[str, Any]:
    """Measures on cases whose end is known: of the model, of the rule, of the oracle where there is one, and by slice."""
    known = cases.take(~np.isnan(cases.labels(kind)))
    truth, said = known.labels(kind), model.predict(known.table)
    told: dict[str, Any] = {"model": measure(truth, said).as_json(), "rule": measure(truth, by_rule(known, kind)).as_json()}
    oracle = known.truth(kind)
    if oracle is not None:
        told["oracle"] = measure(truth, oracle).as_json()
    told["slices"] = {name: _slices(known, name, truth, said) for name in SLICES}
    return told


def by_rule(cases: Cases, kind: str) -> Floats:
    """What the written rules say of the same cases, as a share of one."""
    rule, scale = (fraud_by_rule, 1.0) if kind == "fraud" else (quality_by_rule, 100.0)
    return np.array([rule(_signals(cases, n)).value / scale for n in range(len(cases.order))])


def _signals(cases: Cases, n: int) -> Signals:
    fact = {name: column.numbers[n] for name, column in cases.table.items()}
    confirmed, share = fact["confirmed_after_s"], np.nan_to_num(fact["answered_share"])
    count = {name: int(np.nan_to_num(fact[name])) for name in
             ("email_leads_day", "phone_leads_day", "ip_leads_hour", "copied_text", "past_claims", "detail_words")}  # fmt: skip
    yes = {name: bool(np.nan_to_num(fact[name])) for name in
           ("disposable_domain", "fake_phone", "address_review", "street_given", "pin_given", "certificate_given")}  # fmt: skip
    away = fact["area_code_away"]
    return Signals(
        **count,  # type: ignore[arg-type]
        **yes,
        gibberish=float(np.nan_to_num(fact["gibberish"])),
        area_code="unknown" if np.isnan(away) else "elsewhere" if away else "zip",
        address_in_zip=not np.nan_to_num(fact["address_wrong"]),
        ip_in_market=None,
        optional_asked=ASKED,
        optional_answered=round(share * ASKED),
        confirmed_after_s=None if np.isnan(confirmed) else float(confirmed),
    )


def _slices(cases: Cases, name: str, truth: Floats, said: Floats) -> dict[str, dict[str, float]]:
    values = np.array(cases.table[name].values)
    found = {}
    for value in sorted(set(values)):
        mine = values == value
        if mine.sum() >= LEAST_OF_SLICE:
            figures = measure(truth[mine], said[mine]).figures()
            found[str(value)] = {
                key: round(figures[key], 4) for key in ("rows", "positive_share", "auc", "brier", "calibration_error")
            }
    return found
