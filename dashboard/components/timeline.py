"""A story in time: what happened, who did it, when."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st

from dashboard.components.figures import time_tag
from dashboard.theme import Tone


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened."""

    at: datetime
    title: str
    detail: str = ""
    tone: Tone = "sea"


def timeline(moments: list[Moment], *, zone: str = "UTC", newest_first: bool = False) -> None:
    """Draw them, oldest first unless told otherwise."""
    items = "".join(
        f'<li style="--dot: var(--hl-{m.tone})"><div>{escape(m.title)}'
        + (f"<small>{escape(m.detail)}</small>" if m.detail else "")
        + f"</div>{time_tag(m.at, zone, story=True)}</li>"
        for m in sorted(moments, key=lambda moment: moment.at, reverse=newest_first)
    )
    st.html(f'<ol class="hl-timeline">{items}</ol>')
