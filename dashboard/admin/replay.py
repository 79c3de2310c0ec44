"""Replay: what other rules would have made of a niche's past (SPEC 5.8)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from core import distribution, niches
from core.distribution import Change
from core.kit.clock import utc_now
from core.kit.db import Json
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, pills, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say

TURNS = {"longest_wait": "Longest wait first", "largest_deficit": "Largest deficit first"}
SETTINGS = {"price_cents": "price", "max_recipients": "to at most", "max_providers": "A lead to at most", "rotation": "by"}


def replays(niche: niches.NicheView) -> None:
    """Ask for one, and the latest ones with what came of them."""
    _ask(niche)
    _latest(niche)


@fragment
def _ask(niche: niches.NicheView) -> None:
    levels = [level for level in read(niches.levels_of, niche_id=niche.id) if level.active]
    today = utc_now().date()
    with st.form("replay", border=True):
        st.markdown("**What if** :gray[the past had run under these rules? Nothing real is touched.]")
        span = st.date_input("Days", (today - timedelta(days=7), today), format="MM/DD/YYYY", max_value=today, key="replay-days")
        cap = st.number_input("Most companies for a lead", 1, 100, niche.max_providers, key="replay-cap")
        given = {level.id: _level(level) for level in levels}
        if st.form_submit_button("Replay", type="primary", icon=":material/history:"):
            _save(niche, levels, span, int(cap), given)


def _level(level: niches.LevelView) -> tuple[str, int, str]:
    price, most, turn = st.columns([1, 1, 2])
    with price:
        cost = st.text_input(f"{level.name}: price", figures.money(level.price_cents), key=f"replay-price-{level.id}")
    with most:
        shared = st.number_input(
            "Most companies", 1, 100, level.max_recipients, key=f"replay-most-{level.id}", disabled=level.exclusive
        )
    with turn:
        by = st.selectbox(
            "Whose turn it is",
            list(TURNS),
            index=list(TURNS).index(level.rotation),
            format_func=TURNS.__getitem__,
            key=f"replay-turn-{level.id}",
        )
    return cost or "", int(shared), by


def _save(
    niche: niches.NicheView, levels: list[niches.LevelView], span: Any, cap: int, given: dict[Any, tuple[str, int, str]]
) -> None:
    if len(span) != 2:
        st.warning("Choose the first and the last day.", icon=":material/info:")
        return
    changes = [Change("niche", niche.id, "max_providers", cap)] if cap != niche.max_providers else []
    try:
        for level in levels:
            price, most, turn = given[level.id]
            wished = {"price_cents": int(parse_usd(price)), "max_recipients": most, "rotation": turn}
            changes += [Change("level", level.id, name, value) for name, value in wished.items() if value != getattr(level, name)]
    except HotleadsError as error:
        wording.show(error)
        return
    first, last = (datetime.combine(day, time.min, UTC) for day in (span[0], span[1] + timedelta(days=1)))
    asked = attempt(distribution.ask_replay, niche_id=niche.id, since=first, until=last, changes=changes)
    if isinstance(asked, HotleadsError):
        wording.show(asked)
        return
    say("The replay is under way. You can leave this page; it appears below.")
    again()


@fragment(run_every=3)
def _latest(niche: niches.NicheView) -> None:
    found = read(distribution.recent_replays, niche_id=niche.id)
    if not found:
        page.empty(
            "No replay yet",
            "Choose days and rules above. Without a change it shows how exactly the past is repeated.",
            icon="history",
        )
        return
    names = {level.id: level.name for level in read(niches.levels_of, niche_id=niche.id)}
    for number, one in enumerate(found):
        with st.expander(_title(one, names), expanded=number == 0):
            _one(one)


def _title(one: distribution.ReplayRequest, names: dict[Any, str]) -> str:
    last = one.until - timedelta(seconds=1)
    told = "; ".join(_words(change, names) for change in one.changes) or "nothing changed"
    return f"{one.since:%-d %b} to {last:%-d %b %Y}: {told}"


def _words(change: Change, names: dict[Any, str]) -> str:
    value = figures.money(change.value) if change.setting.endswith("_cents") else str(change.value)
    setting = SETTINGS.get(change.setting, change.setting.replace("_", " "))
    return f"{names.get(change.id, '')} {setting} {TURNS.get(value, value).lower()}".strip()


def _one(one: distribution.ReplayRequest) -> None:
    if one.error:
        st.warning(one.error, icon=":material/error:")
    elif one.result is None:
        done = one.progress or {"done": 0, "of": 1}
        share = done["done"] / max(done["of"], 1)
        st.progress(share, f"{done['done']:,} of {done['of']:,} events" if one.progress else "It waits for a worker.")
    else:
        _told(one.id.hex, one.result)


def _told(key: str, result: Json) -> None:
    before, after = result["before"], result["after"]
    if not result["runs"]:
        st.caption("No lead was handed out in these days.")
        return
    exact = result["agreed"] == result["runs"]
    proof = f"{result['agreed']:,} of {figures.count(result['runs'], 'run')} come out exactly as they did when nothing is changed"
    st.markdown(pills.tag(proof, icon="verified" if exact else "warning", tone="live" if exact else "waiting"))
    tiles(
        [
            Tile("Revenue", figures.money(after["revenue_cents"]), beside=f"was {figures.money(before['revenue_cents'])}"),
            Tile("Sales", f"{after['sales']:,}", beside=f"was {before['sales']:,}"),
            Tile("Leads for nobody", f"{after['unsold']:,}", beside=f"was {before['unsold']:,}"),
            Tile("Jain's index", _index(after["jain"]), beside=f"was {_index(before['jain'])}"),
        ]
    )
    if after["lost_purchases"]:
        lost = figures.count(after["lost_purchases"], "purchase")
        st.caption(f"{lost} on the marketplace ({figures.money(after['lost_cents'])}) would have found no place.")
    _shifts(f"companies-{key}", "Who gains, who loses?", "Company", result["companies"])
    _shifts(f"levels-{key}", "Level by level", "Level", result["levels"])


def _shifts(key: str, question: str, label: str, rows: list[Json]) -> None:
    st.markdown(f"**{question}**")
    tables.table(
        [
            {
                "name": row["name"],
                "was": row["leads_before"],
                "would": row["leads_after"],
                "leads": row["leads_after"] - row["leads_before"],
                "cents": tables.dollars(row["cents_after"] - row["cents_before"]),
            }
            for row in rows
        ],
        {
            "name": tables.text(label),
            "was": tables.number("Leads then"),
            "would": tables.number("Leads so"),
            "leads": tables.number("Difference"),
            "cents": tables.money("Paid more or less"),
        },
        key=key,
    )


def _index(value: float | None) -> str:
    return figures.DASH if value is None else f"{value:.3f}"
