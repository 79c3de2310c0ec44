"""Who asks, what can be seen of them, and how it ends: honest people and five ways of cheating.

Each kind of sender has its own distribution of every signal, independent given the kind. That makes the probability of
fraud given the signals a sum that can be written down, which is the oracle. A good outcome depends on what can be seen
(told in detail, answered quickly, place, season), and on luck.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.world.chances import Binomial, Chance, Counts, Seconds, Typed, Yes, words_of

Floats = NDArray[np.float64]
NICHES = ("home-seller", "home-buyer", "roofing", "hvac")
MARKETS = ("las-vegas", "dallas-ft-worth", "austin", "phoenix")
SOURCES = ("form", "api", "partner", "connector")
MONTHS, AREAS, OPTIONAL = 8, 10, 6

# How often each kind comes, and how its signals are spread. A ring floods from one address, copiers paste one text under
# changing names, throw-aways leave a mailbox nobody reads, hammerers type at random, careful ones look like anybody.
KINDS: Mapping[str, float] = {
    "honest": 0.72,
    "hasty": 0.18,
    "ring": 0.03,
    "copier": 0.025,
    "throwaway": 0.02,
    "hammerer": 0.015,
    "careful": 0.01,
}
LINKED, RUN = ("ring", "copier"), 6
FRAUDULENT = ("ring", "copier", "throwaway", "hammerer", "careful")
SIGNALS: Mapping[str, Mapping[str, Chance]] = {
    #                          honest        hasty         ring          copier        throwaway     hammerer      careful
    "disposable_domain": words_of(Yes, 0.01, 0.04, 0.25, 0.10, 0.85, 0.20, 0.03),
    "fake_phone": words_of(Yes, 0.002, 0.01, 0.15, 0.05, 0.25, 0.45, 0.01),
    "email_leads_day": words_of(Counts, 0.03, 0.08, 0.40, 0.60, 0.10, 0.20, 0.10),
    "phone_leads_day": words_of(Counts, 0.02, 0.06, 0.50, 0.50, 0.15, 0.10, 0.10),
    "ip_leads_hour": words_of(Counts, 0.15, 0.20, 6.00, 0.80, 0.60, 0.80, 0.40),
    "copied_text": words_of(Counts, 0.02, 0.03, 1.50, 4.00, 0.30, 0.05, 0.08),
    "past_claims": words_of(Counts, 0.01, 0.02, 0.15, 0.20, 0.05, 0.05, 0.15),
    "gibberish": words_of(Typed, 0.01, 0.03, 0.30, 0.05, 0.15, 0.90, 0.02),
    "area_code_away": words_of(Yes, 0.18, 0.22, 0.60, 0.55, 0.50, 0.70, 0.30),
    "address_wrong": words_of(Yes, 0.02, 0.06, 0.25, 0.20, 0.25, 0.50, 0.06),
    "address_review": words_of(Yes, 0.03, 0.08, 0.15, 0.10, 0.15, 0.60, 0.05),
    "optional_answered": words_of(Binomial, 0.62, 0.25, 0.20, 0.45, 0.25, 0.30, 0.55),
    "detail_words": words_of(Counts, 11.0, 3.0, 9.0, 12.0, 4.0, 3.0, 10.0),
    "confirmed_after_s": words_of(Seconds, 6.6, 7.6, 4.5, 5.0, 5.5, 6.5, 6.4),
    "street_given": words_of(Yes, 0.75, 0.45, 0.35, 0.50, 0.30, 0.40, 0.70),
    "pin_given": words_of(Yes, 0.22, 0.06, 0.02, 0.04, 0.03, 0.02, 0.15),
    "certificate_given": words_of(Yes, 0.40, 0.35, 0.10, 0.15, 0.10, 0.05, 0.35),
}
FOUND, WRONGLY = 0.85, 0.005  # shares of frauds that are reported and upheld, and of honest leads that are as well


@dataclass(frozen=True)
class People:
    """Leads of one world, oldest first: what can be seen, what became of them, and the truth behind it."""

    facts: dict[str, NDArray[np.generic]]  # signals, and niche, market, source, area, month, hour
    month: NDArray[np.int64]
    story: NDArray[np.int64]  # leads of one ring, or with one pasted text, have the same number
    fraud: Floats  # as reported and upheld: 1, else 0
    good: Floats  # won or an appointment: 1, else 0
    fraud_truth: Floats  # probability given everything that can be seen
    good_truth: Floats


def make_people(seed: int, *, leads: int = 6000) -> People:
    """The leads of a world and their fate."""
    rng = np.random.default_rng([seed, 1])
    names = list(KINDS)
    kind = rng.choice(len(names), leads, p=np.array(list(KINDS.values())))
    month = np.sort(rng.integers(0, MONTHS, leads))
    facts: dict[str, NDArray[np.generic]] = {
        signal: _drawn(rng, kind, [chances[name] for name in names]) for signal, chances in SIGNALS.items()
    }
    likelihood = np.log(np.array(list(KINDS.values()))) + sum(
        np.column_stack([chances[name].log_likelihood(facts[signal].astype(float)) for name in names])
        for signal, chances in SIGNALS.items()
    )
    fraudulent = np.array([name in FRAUDULENT for name in names])
    posterior = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    fraud_truth = posterior[:, fraudulent].sum(axis=1) / posterior.sum(axis=1)
    facts |= _places(rng, leads, month)
    chance = _chance_of_good(seed, facts)
    bad = fraudulent[kind]
    good = rng.random(leads) < np.where(bad, 0.01, chance)
    # What is reported: some frauds are never found, a few honest people are taken for one.
    fraud = rng.random(leads) < np.where(bad, FOUND, WRONGLY)
    reported_truth = fraud_truth * FOUND + (1 - fraud_truth) * WRONGLY
    good_truth = fraud_truth * 0.01 + (1 - fraud_truth) * chance
    return People(facts, month, _stories(seed, kind, names), fraud.astype(float), good.astype(float), reported_truth, good_truth)


def _stories(seed: int, kind: NDArray[np.int64], names: list[str]) -> NDArray[np.int64]:
    """Rings and copiers come in runs of about six leads, one after the other in time; everybody else is a story alone."""
    rng = np.random.default_rng([seed, 6])
    found = np.arange(len(kind), dtype=np.int64)
    for linked in LINKED:
        rows = np.flatnonzero(kind == names.index(linked))
        begins = rng.random(len(rows)) < 1 / RUN
        begins[:1] = True
        found[rows] = rows[begins][np.cumsum(begins) - 1] if len(rows) else rows
    return found


def _drawn(rng: np.random.Generator, kind: NDArray[np.int64], chances: list[Chance]) -> NDArray[np.generic]:
    values = np.zeros(len(kind))
    for n, chance in enumerate(chances):
        mine = kind == n
        values[mine] = chance.draw(rng, int(mine.sum()))
    return values


def _places(rng: np.random.Generator, leads: int, month: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
    market = rng.choice(MARKETS, leads, p=[0.3, 0.3, 0.2, 0.2])
    area = np.array([f"{m}-{n}" for m, n in zip(market, rng.integers(0, AREAS, leads), strict=True)])
    return {
        "niche": rng.choice(NICHES, leads, p=[0.3, 0.3, 0.25, 0.15]),
        "market": market,
        "source": rng.choice(SOURCES, leads, p=[0.5, 0.15, 0.25, 0.1]),
        "area": area,
        "month": month,
        "hour": rng.integers(0, 24, leads),
    }


def _chance_of_good(seed: int, facts: dict[str, NDArray[np.generic]]) -> Floats:
    """Of an honest lead: what is told, how soon it is confirmed, where and when, and how they work together."""
    rng = np.random.default_rng([seed, 2])
    by_niche = dict(zip(NICHES, rng.normal(0, 0.35, len(NICHES)), strict=True))
    by_source = {"form": 0.25, "api": -0.2, "partner": 0.0, "connector": -0.5}
    by_area = {f"{m}-{n}": rng.normal(0, 0.2) for m in MARKETS for n in range(AREAS)}
    peak = {niche: rng.integers(0, 12) for niche in NICHES}
    season = np.array([np.cos(2 * np.pi * (m - peak[n]) / 12) for m, n in zip(facts["month"], facts["niche"], strict=True)])
    told = facts["optional_answered"].astype(float) / OPTIONAL
    words = np.log1p(facts["detail_words"].astype(float))
    prompt = np.clip(8.5 - np.log1p(facts["confirmed_after_s"].astype(float)), -2, 3)
    score = (
        -3.1 + 1.7 * told + 0.45 * words + 0.35 * prompt + 0.5 * season + 0.45 * facts["pin_given"].astype(float)
        + 0.3 * facts["street_given"].astype(float) - 0.5 * facts["area_code_away"].astype(float)
        + 0.8 * (told > 0.6) * (prompt > 1.0)  # told much and confirmed at once: ready
        - 0.9 * (words < 1.2) * (told < 0.4)
    )  # fmt: skip
    for known, name in ((by_niche, "niche"), (by_source, "source"), (by_area, "area")):
        score += np.array([known[str(value)] for value in facts[name]])
    chance: Floats = 1 / (1 + np.exp(-score))
    return chance
