"""``hotleads train``: one model, from a table of past leads or from the exchange's own history."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.kit.errors import Invalid

MODELS = ("quality", "fraud", "price", "recommend")


def train(
    model: str, *, csv: Path | None, target: str | None, drop: Sequence[str], group: str | None, time: str | None
) -> dict[str, Any]:
    """Train and evaluate, log the run, return its figures; raises ``Invalid`` for what can't be trained."""
    if model not in MODELS:
        raise Invalid("train.unknown", f"There is no model named {model}. There are: {', '.join(MODELS)}.")
    if csv is None:
        return _on_own_history(model)
    if model != "quality" or target is None:
        raise Invalid(
            "train.no_target", "A table trains the quality model: give the column that tells how each lead ended with --target."
        )
    from ml import history, progress

    with progress.following(_say):
        figures = history.learn(csv, target=target, drop=drop, group=group, time=time).as_json()
    for line in warned(figures):
        print(line, file=sys.stderr, flush=True)
    return figures


def _on_own_history(model: str) -> dict[str, Any]:
    """Train on the exchange's own history; the version becomes the challenger."""
    from core.kit.actor import SYSTEM
    from core.kit.clock import utc_now
    from core.kit.db import transaction
    from core.kit.local import use_services
    from ml import progress, registry

    now = utc_now()
    with use_services():
        with transaction() as session:
            learn = registry.gather(session, actor=SYSTEM, model=model, until=now)
        with progress.following(_say):
            trained = learn(0)
        with transaction() as session:
            version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
    return {"model": model, "version": version.name, "run_id": trained.run_id, **trained.figures}


def _say(step: str, share: float) -> None:
    """On the error stream: the output is for programs."""
    print(f"{100 * share:3.0f} %  {step}", file=sys.stderr, flush=True)


def told(figures: dict[str, Any]) -> str:
    """The figures for people."""
    if "version" in figures:
        shown = {who: figures[who] for who in ("model", "rule")}
        lines = [f"{who:<6} {_figures(each)}, {each['rows']} cases" for who, each in shown.items()]
        return "\n".join([f"{figures['version']} is now the challenger; run {figures['run_id']}", *lines])
    lines = [
        f"AUC                {figures['auc']:.3f}  (folds {', '.join(_share(value) for value in figures['auc_folds'])})",
        f"average precision  {figures['average_precision']:.3f}",
        f"rows               {figures['rows']}, of which {figures['positive_share']:.1%} ended well",
        f"Brier              {figures['brier']:.4f}",
        f"calibration error  {figures['calibration']['error']:.4f}  (slope {figures['calibration']['slope']:.2f}; 1 is honest)",
        f"run                {figures['run_id']}",
    ]
    lines += [f"left out           {name}: {why}" for name, why in figures["ignored_columns"].items()]
    return "\n".join(lines)


def warned(figures: dict[str, Any]) -> list[str]:
    """Of columns that may tell the answer, and how to learn without them: the figures promise too much while they are in."""
    found = [f"LEAK?  {leak['text']} (AUC {leak['auc']:.2f})" for leak in figures["leaks"]]
    without = " ".join(f'--drop "{name}"' for name in figures["leaky_columns"])
    return [*found, f"Learn again without what was not known when the lead came in: {without}"] if found else []


def _share(value: float | None) -> str:
    """``none`` where all rows of a fold ended alike."""
    return "none" if value is None else f"{value:.3f}"


def _figures(each: dict[str, Any]) -> str:
    """The figures that people compare, of one way."""
    if "reciprocal_rank" in each:
        return f"reciprocal rank {each['reciprocal_rank']:.3f}"
    return f"AUC {each['auc']:.3f}, Brier {each['brier']:.4f}"


def as_json(figures: dict[str, Any]) -> str:
    """The figures for programs, on one line."""
    return json.dumps(figures)
