"""The columns models learn from, and a snapshot of cases with its hash and cut-off.

No ZIP code and no area is among them: where somebody lives stands for who lives there (SPEC 2.1). No contact data either.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.splits import Indices
from ml.tabular import Table
from ml.tabular.columns import Kind, known_column
from ml.tabular.model import take
from ml.world.people import OPTIONAL, People

Floats = NDArray[np.float64]
FACTS: Mapping[str, Kind] = {
    "disposable_domain": "number",
    "fake_phone": "number",
    "email_leads_day": "number",
    "phone_leads_day": "number",
    "ip_leads_hour": "number",
    "copied_text": "number",
    "past_claims": "number",
    "gibberish": "number",
    "area_code_away": "number",
    "address_wrong": "number",
    "address_review": "number",
    "answered_share": "number",
    "detail_words": "number",
    "confirmed_after_s": "number",
    "street_given": "number",
    "pin_given": "number",
    "certificate_given": "number",
    "month": "number",
    "hour": "number",
    "niche": "category",
    "market": "category",
    "source": "category",
}
SLICES = ("niche", "market", "source")


@dataclass(frozen=True)
class Cases:
    """Leads in the order of time: facts, and labels that are nan while nothing is known. ``order`` says when each came."""

    table: Table
    fraud: Floats
    good: Floats
    order: Floats
    groups: Indices
    origin: str
    cut_off: str
    fraud_truth: Floats | None = None  # of a made-up world only
    good_truth: Floats | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every fact and label: two snapshots with the same one are the same."""
        digest = hashlib.sha256()
        for name in FACTS:
            column = self.table[name]
            digest.update("\x1f".join(column.values).encode() + column.numbers.tobytes())
        for labels in (self.fraud, self.good, self.order):
            digest.update(labels.tobytes())
        return digest.hexdigest()

    def take(self, rows: NDArray[np.generic]) -> "Cases":
        """These cases only."""
        where = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        truths = [None if truth is None else truth[where] for truth in (self.fraud_truth, self.good_truth)]
        labels = (self.fraud[where], self.good[where], self.order[where], self.groups[where])
        return Cases(take(self.table, where), *labels, self.origin, self.cut_off, *truths)

    def labels(self, kind: str) -> Floats:
        """The labels of ``fraud`` or ``quality``."""
        return self.fraud if kind == "fraud" else self.good

    def truth(self, kind: str) -> Floats | None:
        """What the oracle would say, in a made-up world."""
        return self.fraud_truth if kind == "fraud" else self.good_truth


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Facts by name as the columns models read; a fact that is absent counts as not given."""
    return {name: known_column(name, kind, [row.get(name) for row in rows]) for name, kind in FACTS.items()}


def facts_of(signals: Mapping[str, Any], *, niche: str, market: str, source: str, at: datetime) -> dict[str, Any]:
    """The facts of one lead from the signals that were kept when it was scored."""
    asked = signals.get("optional_asked") or 0
    same = {name: signals.get(name) for name in FACTS if name in signals}
    return same | {
        "area_code_away": None if signals.get("area_code") in (None, "unknown") else signals["area_code"] == "elsewhere",
        "address_wrong": signals.get("address_in_zip") is False,
        "answered_share": signals.get("optional_answered", 0) / asked if asked else None,
        "month": at.month,
        "hour": at.hour,
        "niche": niche,
        "market": market,
        "source": source,
    }


def from_world(people: People, *, seed: int) -> Cases:
    """The leads of a made-up world."""
    facts = dict(people.facts)
    facts["answered_share"] = facts["optional_answered"].astype(float) / OPTIONAL
    columns: Table = {}
    for name, kind in FACTS.items():
        given = facts[name].astype(float) if kind == "number" else facts[name]
        columns[name] = known_column(name, kind, given.tolist())
    rows = len(people.month)
    order = people.month + np.arange(rows) / rows
    # One text under many names is one story: its leads are never on both sides of a split.
    return Cases(
        columns,
        people.fraud,
        people.good,
        order,
        people.story,
        f"world {seed}",
        "end of the world",
        people.fraud_truth,
        people.good_truth,
    )
