"""Data quality: how good what we sell is, each figure with its definition and target, by source (SPEC 8.6)."""

import streamlit as st

from core import ops, sourcing
from core.sourcing import DataQuality, SourceQuality
from dashboard import navigation
from dashboard.admin.sources_words import last_days
from dashboard.components import figures, page, pills, tables
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

SENTENCE = "Whether what we sell is right, new and complete, and what it costs to get: in all and by source."
DAYS = {"7 days": 7, "30 days": 30, "90 days": 90, "A year": 365}
DEFINITIONS = {
    "Errors in lead data": "Sold leads with an upheld bad-lead report or a failed re-validation, divided by all sold leads. "
    "A lead counts once, on the day of its sale.",
    "Duplicates on sale": "Open listings beyond the first of the same person (e-mail, else phone) in the same niche.",
    "Completeness": "Contact data and answers given, divided by those that the form asks for, as a mean over what is on sale.",
    "Freshness": "The time since a lead on sale was asked for: half of them are younger than this.",
    "Cost per lead": "Costs entered for the source (a month's price spread over its days, prices per lead, single costs), "
    "divided by its approved leads of these days.",
}
COLUMNS = {
    "source": tables.text("Source", width="medium"),
    "leads": tables.number("Leads"),
    "approved": tables.number("Approved"),
    "sold": tables.number("Sold"),
    "errors": tables.number("Errors", shown="percent"),
    "complete": tables.share("Completeness"),
    "cost": tables.money("Cost"),
    "each": tables.money("Cost per lead"),
}


def show(user: CurrentUser) -> None:
    """Cards with targets, then a line per source."""
    page.header("Data quality", SENTENCE)
    _quality(may_open=user.role in ("admin", "analyst"))


@fragment
def _quality(*, may_open: bool) -> None:
    chosen = st.segmented_control("Days", list(DAYS), default="30 days", key="days", bind="query-params", required=True)
    since, until = last_days(DAYS[chosen or "30 days"])
    found = read(sourcing.data_quality, since=since, until=until)
    sources = read(sourcing.quality_by_source, since=since, until=until)
    error_target, duplicates_target = (
        read(ops.threshold, key="target_error_rate") / 1000,
        read(ops.threshold, key="target_duplicates"),
    )
    with st.grid(min_column_width=190):
        _card("Errors in lead data", _share(found.error_rate, 2), _errors(found), _aim(found.error_rate, error_target, "share"))
        _card(
            "Duplicates on sale",
            f"{found.duplicates_on_sale:,}",
            f"Among {figures.count(found.on_sale, 'listing')} on sale.",
            _aim(found.duplicates_on_sale, duplicates_target, "leads"),
        )
        _card("Completeness", _share(found.completeness), "Of what is asked for was given.", "")
        _card("Freshness", figures.duration(found.freshness_s), "Half of the leads on sale are younger.", "")
        _card("Cost per lead", *_cost(sources))
    st.caption(f"{figures.span(since, until)}, days of the markets.")
    page.section("Which source is worth its price?", "What our own forms, the API and partners bring is in the cards alone.")
    if not sources:
        page.empty("No sources yet", "Each source that is added has its line here.", icon="cable")
    else:
        picked = tables.table([_row(row) for row in sources], COLUMNS, key="quality", opens=may_open)
        if picked:
            chosen_id = str(sources[picked[0]].source_id)
            st.page_link(navigation.target("sources"), label="Open this source", query_params={"source": chosen_id})
    with st.expander("What each figure means", icon=":material/menu_book:"):
        page.facts(list(DEFINITIONS.items()))


def _card(name: str, value: str, told: str, aim: str) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"**{name}**", help=DEFINITIONS[name], anchors=False)
        st.markdown(f"### {value}", anchors=False)
        if aim:
            st.markdown(aim)
        st.caption(told)


def _errors(found: DataQuality) -> str:
    if not found.sold:
        return "Nothing was sold in these days."
    ways = f"{found.claimed:,} by reports, {found.failed_recheck:,} of {found.rechecked:,} looked at again"
    return f"{found.errors:,} of {found.sold:,} sold leads: {ways}."


def _aim(value: float | None, target: float, unit: str) -> str:
    shown = figures.percent(target, 1) if unit == "share" else f"{target:,.0f}"
    if value is None:
        return pills.tag(f"Target: at most {shown}", icon="schedule", tone="neutral")
    good = value <= target
    word = "On target" if good else "Off target"
    return pills.tag(f"{word}: at most {shown}", icon="check_circle" if good else "error", tone="live" if good else "stopped")


def _cost(sources: list[SourceQuality]) -> tuple[str, str, str]:
    costs, approved = sum(row.cost_cents for row in sources), sum(row.approved for row in sources)
    each = figures.money(round(costs / approved)) if approved and costs else figures.DASH
    told = f"{figures.money(costs)} for {figures.count(approved, 'approved lead')}." if costs else "No costs are entered."
    return each, told, ""


def _share(value: float | None, places: int = 0) -> str:
    return figures.percent(value, places)


def _row(row: SourceQuality) -> tables.Row:
    return {
        "source": row.name,
        "leads": row.leads,
        "approved": row.approved,
        "sold": row.sold,
        "errors": row.errors / row.sold if row.sold else None,
        "complete": row.completeness,
        "cost": tables.dollars(row.cost_cents),
        "each": tables.dollars(row.cost_per_lead_cents),
    }
