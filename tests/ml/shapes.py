"""Made-up tables of past leads in several shapes, and what each may be learned from: for judging the trainer beside others."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tests.ml import lookalike

Row = dict[str, object]
TROUBLES = ("roof leaks at the chimney", "gutter came down", "want a quote for new shingles", "just looking", "hail damage claim")


@dataclass(frozen=True)
class Shape:
    """How a table is written, its target, and what was written after the end."""

    write: Callable[..., None]
    target: str
    afterwards: tuple[str, ...] = field(default=())


def insurance(file: Path, *, rows: int = 6000, seed: int = 3) -> None:
    """Many rare values, amounts over four powers of ten, and answers left out for reasons; things matter together."""
    rng = np.random.default_rng(seed)
    agents, zips = rng.normal(0, 0.8, 400), rng.normal(0, 0.5, 900)
    at = rng.zipf(1.3, rows) % 400, rng.integers(0, 900, rows)
    premium, age = rng.lognormal(6.5, 1.3, rows), rng.integers(18, 90, rows)
    insured, channel = rng.random(rows) < 0.6, rng.integers(0, 4, rows)
    hides = rng.random(rows) < np.where(insured, 0.1, 0.5)
    z = -1 + agents[at[0]] + zips[at[1]] - 0.5 * np.log(premium / 660) * (channel < 2) + 0.9 * insured
    z += np.where((age < 26) & (channel == 3), 1.6, 0.0) - 0.8 * hides
    won = rng.random(rows) < 1 / (1 + np.exp(-z))
    _write(file, [{
        "policy_ref": f"P{n:07d}-{seed}", "agent": f"agent {at[0][n]}", "zip": f"Z{10_000 + at[1][n]}",
        "premium": "" if hides[n] else f"${premium[n]:,.2f}", "age": age[n],
        "channel": ("web", "phone", "PHONE", "N/A")[channel[n]],
        "insured": "yes" if insured[n] else "no", "country": "US", "sold": "won" if won[n] else "lost",
    } for n in range(rows)])  # fmt: skip


def roofing(file: Path, *, rows: int = 4000, seed: int = 5) -> None:
    """Free text, dates, repeated submissions of one person, and few good ends."""
    rng = np.random.default_rng(seed)
    made: list[Row] = []
    while len(made) < rows:
        trouble, hour = int(rng.integers(5)), int(rng.choice([9, 14, 20, 3], p=[0.4, 0.3, 0.2, 0.1]))
        came = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=int(rng.integers(300)), hours=hour)
        size, own = float(rng.gamma(3, 700)), rng.random() < 0.7
        z = -3.4 + (0.4, 0.2, 1.4, -1.5, 2.0)[trouble] + 0.6 * own - 0.7 * (hour == 3) + 0.5 * np.tanh(size / 2000)
        won = rng.random() < 1 / (1 + np.exp(-z))
        ending, thing = rng.choice(["please call", "asap", "thanks", ""]), rng.choice(["house", "barn", "shed"])
        words = f"{TROUBLES[trouble]} {ending} {thing} {len(made)}"
        row: Row = {"message": words, "created": came.isoformat()[:16],
                    "roof_sqft": "" if rng.random() < 0.3 else round(size),
                    "owner": "Y" if own else "N", "medium": rng.choice(["cpc", "organic", "Select"]),
                    "sold": int(won)}  # fmt: skip
        made += [row] * (2 if rng.random() < 0.15 else 1)
    _write(file, made[:rows])


def _write(file: Path, rows: list[Row]) -> None:
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


SHAPES = {
    "education": Shape(
        lookalike.write,
        "Converted",
        ("Last Activity", "Tags", "Lead Quality", "Lead Profile", "Asymmetrique Activity Score", "Last Notable Activity"),
    ),
    "insurance": Shape(insurance, "sold"),
    "roofing": Shape(roofing, "sold"),
}
