"""How good and how risky a lead is, with the reasons beside the figure."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboard.components import figures
from dashboard.theme import Tone

_WRITTEN = re.compile(r"(?:[a-z]+-)?rules?-(\d+)")


def scores(*, quality: float | None, fraud: float | None) -> None:
    """Two bars: quality 0..100 (more is better), fraud 0..1 (less is better)."""
    st.html(
        _bar("Quality", quality, 100, f"{quality:.0f}" if quality is not None else "–", _good(quality))
        + _bar("Fraud risk", fraud, 1, figures.percent(fraud), _risky(fraud))
    )


def reasons(items: Sequence[Any], *, points: bool = False) -> None:
    """The written reasons of a score; each has a sentence, as attribute or key ``text``.

    ``points``: and a ``weight`` in points of 100, of which the score is the sum (SPEC 10.3).
    """
    lines = "".join(f"<li>{_points(item.weight) if points else ''}{escape(_text(item))}</li>" for item in items)
    if lines:
        st.html(f'<ul class="hl-reasons">{lines}</ul>')


def version_words(version: str) -> str:
    """What scored, priced or suggested, as it is told: ``the written rule, version 1`` or ``the model fraud-3``."""
    written = _WRITTEN.fullmatch(version)
    return f"the written rule, version {written[1]}" if written else f"the model {version}"


def _points(weight: float) -> str:
    return f"<b>{round(weight):+d}</b> ".replace("-", "−")


def _bar(label: str, value: float | None, most: float, shown: str, tone: Tone) -> str:
    width = 0 if value is None else max(0.0, min(100.0, 100 * float(value) / most))
    return (
        f'<div class="hl-score" style="--fill: var(--hl-{tone})"><span>{label}</span>'
        f'<span class="bar"><i style="width:{width:.0f}%"></i></span><b>{shown}</b></div>'
    )


def _good(quality: float | None) -> Tone:
    return "neutral" if quality is None else "live" if quality >= 60 else "waiting" if quality >= 35 else "stopped"


def _risky(fraud: float | None) -> Tone:
    return "neutral" if fraud is None else "live" if fraud < 0.2 else "waiting" if fraud < 0.5 else "stopped"


def _text(item: Any) -> str:
    return str(item["text"] if isinstance(item, dict) else getattr(item, "text", item))
