"""Charts that answer a question: labelled directly, bars from zero, in the theme's colours, with their table one click away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.reports import exports
from dashboard.components import tables
from dashboard.theme import HUES, Tone


@dataclass(frozen=True, slots=True)
class Series:
    """One thing over time: its name, its colour, and its values by moment."""

    name: str
    tone: Tone
    values: Sequence[tuple[Any, float | None]]


def hue(tone: Tone) -> str:
    """The colour of a tone in the theme that is on."""
    return HUES[tone][st.context.theme.type == "dark"]


def ranked(rows: Sequence[tuple[str, float, str]], *, key: str, tone: Tone = "sea") -> None:
    """Bars in the order given, from zero, each with its own words at the end: label, value, words."""
    frame = pd.DataFrame(rows, columns=["label", "value", "words"])
    most = max([1.0, *frame["value"].astype(float)])
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=230, ticks=False, domain=False)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, most * 1.35])),
        tooltip=[alt.Tooltip("label:N", title="What"), alt.Tooltip("words:N", title="How much")],
    )
    bars = base.mark_bar(color=hue(tone), height=20)
    words = base.mark_text(align="left", dx=6, color=hue("text")).encode(text="words:N")
    st.altair_chart(bars + words, height=max(70, 32 * len(rows)), key=key)


def lines(series: Sequence[Series], *, key: str, format: str = ",.0f", height: int = 260) -> None:
    """Lines over time, each named at its end."""
    frame = _frame(series)
    named, ends = _colours(series), _ends(frame)
    base = alt.Chart(frame).encode(
        x=alt.X("at:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True)),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(format=format), scale=alt.Scale(zero=True)),
        color=alt.Color("kind:N", scale=named, legend=None),
        tooltip=["kind:N", alt.Tooltip("at:T", title="When", format="%a %-d %b %Y"), alt.Tooltip("value:Q", format=format)],
    )
    words = alt.Chart(ends).mark_text(align="left", dx=6, fontWeight=600)
    words = words.encode(x="at:T", y="place:Q", text="kind:N", color=alt.Color("kind:N", scale=named, legend=None))
    drawn = base.mark_line(strokeWidth=2, point=len(frame) < 60) + words
    st.altair_chart(drawn.properties(padding={"right": 90}), height=height, key=key)


def outlook(
    past: Sequence[tuple[Any, float]], ahead: Sequence[tuple[Any, float, float, float]], *, key: str, height: int = 260
) -> None:
    """What was, as a line, and what is expected, as a broken one inside its range: moment, expected, low, high."""
    was = pd.DataFrame(past, columns=["at", "value"])
    will = pd.DataFrame(ahead, columns=["at", "value", "low", "high"])
    for frame in (was, will):
        frame["at"] = pd.to_datetime(frame["at"])
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format=",.0f"), scale=alt.Scale(zero=True))
    told = [alt.Tooltip("at:T", title="Week from", format="%-d %b %Y"), alt.Tooltip("value:Q", title="Requests", format=",.0f")]
    line = alt.Chart(was).mark_line(color=hue("sea"), strokeWidth=2, point=True).encode(x=x, y=y, tooltip=told)
    if will.empty:
        st.altair_chart(line, height=height, key=key)
        return
    bounds = [alt.Tooltip("low:Q", title="At least", format=",.0f"), alt.Tooltip("high:Q", title="At most", format=",.0f")]
    band = alt.Chart(will).mark_area(color=hue("ember"), opacity=0.18).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    broken = alt.Chart(will).mark_line(color=hue("ember"), strokeWidth=2, strokeDash=[5, 4], point=True)
    drawn = band + line + broken.encode(x=x, y=y, tooltip=[*told, *bounds])
    words = alt.Chart(will.tail(1)).mark_text(align="left", dx=6, fontWeight=600, color=hue("ember"))
    drawn += words.encode(x=x, y=y, text=alt.value("Expected"))
    st.altair_chart(drawn.properties(padding={"right": 70}), height=height, key=key)


def bars(series: Sequence[Series], *, key: str, format: str = ",.0f", height: int = 260, side_by_side: bool = False) -> None:
    """Bars over time from zero, stacked or side by side, named above."""
    more: dict[str, Any] = {"xOffset": alt.XOffset("kind:N", sort=[one.name for one in series])} if side_by_side else {}
    chart = (
        alt.Chart(_frame(series))
        .mark_bar()
        .encode(
            x=alt.X("at:O" if side_by_side else "at:T", title=None, axis=_days(ordinal=side_by_side)),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(format=format), scale=alt.Scale(zero=True)),
            color=alt.Color("kind:N", title=None, scale=_colours(series), legend=alt.Legend(orient="top", symbolType="square")),
            tooltip=["kind:N", alt.Tooltip("at:T", title="When", format="%a %-d %b %Y"), alt.Tooltip("value:Q", format=format)],
            **more,
        )
    )
    st.altair_chart(chart, height=height, key=key)


def with_table(question: str, words: str, rows: Sequence[tables.Row], columns: dict[str, Any], *, name: str) -> None:
    """The question above a chart, its dates, and its rows as a table and a file, one click away."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{question}** :gray[{words}]")
        with st.container(horizontal=True, width="content"):
            with st.popover("Table", icon=":material/table:", width="content"):
                tables.table(rows, columns, key=f"table-{name}")
            st.download_button(
                "CSV",
                as_csv(rows, columns),
                f"{name}.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
                key=f"csv-{name}",
            )


def as_csv(rows: Sequence[tables.Row], columns: Iterable[str]) -> str:
    """The rows as a file, none of whose cells a spreadsheet takes for a formula."""
    told = [{name: exports.plain(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows]
    return pd.DataFrame(told, columns=list(columns)).to_csv(index=False)


def _frame(series: Sequence[Series]) -> pd.DataFrame:
    rows = [(at, one.name, value) for one in series for at, value in one.values]
    frame = pd.DataFrame(rows, columns=["at", "kind", "value"])
    return frame.assign(at=pd.to_datetime(frame["at"], utc=False))


def _ends(frame: pd.DataFrame) -> pd.DataFrame:
    """Where each line's name stands: beside its last value, but never upon another's."""
    last = frame.dropna().sort_values("at").groupby("kind", sort=False).tail(1).sort_values("value")
    gap, places = float(frame["value"].max() or 0) * 0.08, list[float]()
    for value in last["value"]:
        places.append(max(value, places[-1] + gap) if places else value)
    return last.assign(place=places)


def _colours(series: Sequence[Series]) -> alt.Scale:
    return alt.Scale(domain=[one.name for one in series], range=[hue(one.tone) for one in series])


def _days(*, ordinal: bool) -> alt.Axis:
    if not ordinal:
        return alt.Axis(format="%-d %b", labelOverlap=True)
    return alt.Axis(labelExpr="timeFormat(datum.value, '%-d %b')", labelOverlap=True, labelAngle=0)
