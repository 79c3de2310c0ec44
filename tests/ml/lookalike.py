"""A made-up table of past leads in the shape education companies export: unchosen lists read "Select", many rows are alike,
and some columns were written by sales people after the outcome."""

import csv
from pathlib import Path

import numpy as np

ORIGINS = (
    ("Landing Page Submission", 0.53, -0.1),
    ("API", 0.38, -0.5),
    ("Lead Add Form", 0.08, 2.4),
    ("Lead Import", 0.01, -1.2),
)
SOURCES = (("Google", 0.32, 0.1), ("Direct Traffic", 0.28, -0.3), ("Olark Chat", 0.19, -0.5), ("Organic Search", 0.13, 0.0),
           ("Reference", 0.05, 1.5), ("Referral Sites", 0.02, -0.4), ("bing", 0.005, -0.3), ("blog", 0.005, -0.5))  # fmt: skip
JOBS = (("Unemployed", 0.6, 0.5), ("Working Professional", 0.08, 3.0), ("Student", 0.03, 0.1), ("", 0.29, -1.4))
FIELDS = (
    "Finance Management",
    "Human Resource Management",
    "Marketing Management",
    "Operations Management",
    "Healthcare Management",
)
CITIES = ("Mumbai", "Thane & Outskirts", "Other Cities", "Other Metro Cities", "Tier II Cities")
TAGS_WON = ("Will revert after reading the email", "Closed by Horizzon", "Lost to EINS")
TAGS_LOST = ("Ringing", "Interested in other courses", "Already a student", "switched off", "Busy")


def write(file: Path, *, rows: int = 9240, seed: int = 7) -> None:
    rng = np.random.default_rng(seed)
    with file.open("w", newline="") as out:
        writer: csv.DictWriter[str] | None = None
        for number in range(rows):
            row = _row(rng, 660_737 - number * 9)
            if writer is None:
                writer = csv.DictWriter(out, row.keys())
                writer.writeheader()
            writer.writerow(row)


def _row(rng: np.random.Generator, number: int) -> dict[str, object]:
    origin, z_origin = _choose(rng, ORIGINS)
    source, z_source = _choose(rng, SOURCES)
    job, z_job = _choose(rng, JOBS)
    silent = source in ("Olark Chat", "Reference") or rng.random() < 0.05
    visits = 0 if silent else int(rng.poisson(3.4)) + 1
    seconds = 0 if silent else int(rng.choice([rng.gamma(2, 110), rng.normal(1300, 300)], p=[0.6, 0.4]).clip(5, 2272))
    pages = 0.0 if silent else round(visits / max(1, int(rng.integers(1, 4))), 2)
    mailed = rng.random() < 0.92
    chosen = rng.random() < 0.63
    z = (
        -1.9
        + z_origin
        + z_source
        + z_job
        + 2.6 * np.tanh(seconds / 900)
        + (0.0 if mailed else -1.4)
        + 0.5 * (silent and z_job > 0)
    )
    won = rng.random() < 1 / (1 + np.exp(-1.35 * z))
    known = {
        "Prospect ID": f"{rng.integers(1 << 62):016x}-{number}",
        "Lead Number": number,
        "Lead Origin": origin,
        "Lead Source": source,
        "Do Not Email": "No" if mailed else "Yes",
        "Do Not Call": "No",
        "Converted": int(won),
        "TotalVisits": "" if rng.random() < 0.015 else visits,
        "Total Time Spent on Website": seconds,
        "Page Views Per Visit": "" if rng.random() < 0.015 else pages,
        "Country": "" if silent else rng.choice(["India", "United Arab Emirates", "United States"], p=[0.95, 0.03, 0.02]),
        "Specialization": rng.choice(FIELDS) if chosen else "Select",
        "What is your current occupation": job,
        "Magazine": "No",
        "City": rng.choice(CITIES) if chosen else "Select",
        "A free copy of Mastering The Interview": rng.choice(["Yes", "No"], p=[0.31, 0.69]),
    }  # fmt: skip
    return known | _written_afterwards(rng, won)


def _written_afterwards(rng: np.random.Generator, won: bool) -> dict[str, object]:
    worked = rng.random() < (0.85 if won else 0.5)
    return {
        "Last Activity": rng.choice(["SMS Sent", "Email Opened", "Chat"], p=[0.5, 0.4, 0.1] if won else [0.2, 0.4, 0.4]),
        "Tags": rng.choice(TAGS_WON if won ^ (rng.random() < 0.04) else TAGS_LOST) if worked else "",
        "Lead Quality": _graded(rng, won) if worked else "",
        "Lead Profile": rng.choice(["Potential Lead", "Select"], p=[0.6, 0.4] if won else [0.15, 0.85]),
        "Asymmetrique Activity Score": int(rng.normal(14.8 if won else 13.9, 1.3)) if worked else "",
        "Last Notable Activity": rng.choice(["SMS Sent", "Modified"], p=[0.6, 0.4] if won else [0.2, 0.8]),
    }  # fmt: skip


def _graded(rng: np.random.Generator, won: bool) -> str:
    return str(rng.choice(["High in Relevance", "Might be", "Worst"], p=[0.5, 0.4, 0.1] if won else [0.05, 0.35, 0.6]))


def _choose(rng: np.random.Generator, among: tuple[tuple[str, float, float], ...]) -> tuple[str, float]:
    shares = np.array([share for _, share, _ in among])
    n = int(rng.choice(len(among), p=shares / shares.sum()))
    return among[n][0], among[n][2]
