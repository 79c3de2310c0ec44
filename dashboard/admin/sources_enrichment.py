"""What a language model and the written rules read out of the same requests, side by side (SPEC 8.5)."""

from typing import Any

import streamlit as st

from core.kit.db import Json
from core.sourcing import enrichment
from core.sourcing.enrichment import ComparedLead, Comparison, FieldAgreement
from dashboard import navigation
from dashboard.components import figures, page, pager, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, read
from dashboard.live import fragment, say

DAYS = {"7 days": 7, "30 days": 30, "90 days": 90}
WHY = {
    "not_set_up": "No model is set up",
    "not_permitted": "The source does not allow it",
    "paused": "The model is left alone after failures",
    "over_budget": "The day's budget is spent",
    "slow": "The model was too slow",
    "unreachable": "The model could not be reached",
    "busy": "The model had too much to do",
    "refused": "The model refused our key or question",
    "nonsense": "The answer made no sense",
    "too_long": "The answer was too long",
}
FIELDS = {"intent": "What is wanted", "urgency": "How soon", "budget_dollars": "Budget", "summary": "Summary"}
AGREEMENT = {
    "field": tables.text("Field", width="medium"),
    "agree": tables.share("Agree"),
    "both": tables.number("Said by both"),
    "model": tables.number("By the model alone"),
    "rules": tables.number("By the rules alone"),
    "neither": tables.number("By neither"),
}
LEADS = {
    "at": tables.text("Read"),
    "niche": tables.text("Niche", width="medium"),
    "by": tables.text("In use"),
    "model": tables.text("The model says", width="large"),
    "rules": tables.text("The rules say", width="large"),
    "cost": tables.text("Cost"),
    "took": tables.text("Took"),
}


@fragment
def comparison(*, may_act: bool) -> None:
    """Agreement by field, cost and latency, then lead by lead."""
    st.caption(
        "Each request is read by written rules and, when one is set up, by a language model that sees it without personal data. "
        "Both fill the same fields; the model's answer is used where there is one."
    )
    chosen = st.segmented_control("Days", list(DAYS), default="30 days", key="days", bind="query-params", required=True)
    found = read(enrichment.compare, days=DAYS[chosen or "30 days"])
    _state(found)
    _figures(found)
    if found.why_rules:
        told = "; ".join(f"{WHY.get(why, why)}: {number:,}" for why, number in found.why_rules)
        st.caption(f"Why the rules' answer was used. {told}.")
    page.section("Where do model and rules agree?", "Figures within 5% of each other count as the same.")
    if found.compared:
        tables.table([_agreement(row) for row in found.fields], AGREEMENT, key="agreement")
    else:
        how = "As soon as a model has read a request that the rules have read, too, both are compared here field by field."
        page.empty("Nothing to compare yet", how, icon="compare_arrows")
    if may_act and found.model:
        st.button("Have the model read 50 leads of the rules", icon=":material/auto_awesome:", key="ask-model", on_click=_ask)
    _leads()


def _ask() -> None:
    asked = act(enrichment.ask_model_about_rest)
    if asked is not None:
        say(f"{figures.count(asked, 'lead')} will be read by the model." if asked else "The model has read every lead.")


def _state(found: Comparison) -> None:
    if found.model is None:
        st.info(
            "No model is set up: the rules read every request. Set OPENAI_API_KEY and HOTLEADS_ENRICHMENT_MODEL with its price "
            "to have both.",
            icon=":material/info:",
        )
    elif found.paused_until:
        st.warning(f"{found.model} failed five times in a row. It is asked again {figures.ago(found.paused_until)}.",
                   icon=":material/bedtime:")  # fmt: skip


def _figures(found: Comparison) -> None:
    answered = found.by_model - found.from_cache
    each = found.cost_microcents / answered if answered else None
    tiles(
        [
            Tile("Requests read", f"{found.enriched:,}"),
            Tile("By the model", f"{found.by_model:,}", beside=f"{found.from_cache:,} from memory"),
            Tile(
                "Cost",
                cents(found.cost_microcents),
                help="Tokens times the price of a token, as it is set.",
                beside=f"{cents(each)} an answer",
            ),
            Tile("Model, typical", _ms(found.model_p50_ms), beside=f"95 of 100: {_ms(found.model_p95_ms)}"),
            Tile("Rules, typical", _us(found.rules_p50_us), beside=f"95 of 100: {_us(found.rules_p95_us)}"),
            Tile("Spent today", cents(found.spent_today_microcents), beside=f"of {cents(found.budget_microcents)}"),
        ]
    )


def cents(microcents: float | None) -> str:
    """Millionths of a cent as dollars, small amounts with enough places."""
    if microcents is None:
        return figures.DASH
    dollars = microcents / 100_000_000
    return f"${dollars:,.2f}" if dollars >= 1 or not dollars else f"${dollars:.5f}"


def _ms(value: float | None) -> str:
    return figures.DASH if value is None else f"{value:,.0f} ms"


def _us(value: float | None) -> str:
    return figures.DASH if value is None else f"{value / 1000:,.1f} ms"


def field_word(field: str) -> str:
    """A field's name for people."""
    return FIELDS.get(field) or field.removeprefix("property.").replace("_", " ").capitalize().replace("sqft", "(sq ft)")


def _agreement(row: FieldAgreement) -> tables.Row:
    return {
        "field": field_word(row.field),
        "agree": row.same / row.both if row.both else None,
        "both": row.both,
        "model": row.model_only,
        "rules": row.rules_only,
        "neither": row.neither,
    }


def _leads() -> None:
    page.section("Lead by lead", "No contact data is in either answer.")
    found = read(enrichment.compared_leads, before_id=pager.cursor("read-before"), limit=pager.PAGE)
    if not found:
        page.empty("Nothing read yet", "Each request is read once it is confirmed.", icon="auto_awesome")
        return
    picked = tables.opened([_lead(row) for row in found], LEADS, key="compared", param="read", ids=[row.id for row in found])
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="read-before")
    if picked is not None:
        _one(found[picked])


def _lead(row: ComparedLead) -> tables.Row:
    return {
        "at": figures.ago(row.at),
        "niche": row.niche,
        "by": "Model" if row.made_by == "model" else "Rules",
        "model": (row.model_answer or {}).get("summary", ""),
        "rules": (row.rules_answer or {}).get("summary", "Erased"),
        "cost": "From memory" if row.cached else cents(row.cost_microcents) if row.cost_microcents else "",
        "took": _ms(row.latency_ms) if row.latency_ms is not None else _us(row.rules_us),
    }


def _one(row: ComparedLead) -> None:
    st.page_link(navigation.target("leads"), label="Open this lead", query_params={"lead": str(row.lead_id)})
    if row.why_rules:
        st.caption(f"{WHY.get(row.why_rules, row.why_rules)}: the rules' answer is used.")
    model, rules = _flat(row.model_answer), _flat(row.rules_answer)
    rows = [
        {"field": field_word(key), "model": model.get(key, ""), "rules": rules.get(key, "")}
        for key in (*enrichment.FIELDS, "summary")
    ]
    columns = {
        "field": tables.text("Field"),
        "model": tables.text("The model says", width="large"),
        "rules": tables.text("The rules say", width="large"),
    }
    tables.table(rows, columns, key=f"both-{row.id}")


def _flat(answer: Json | None) -> dict[str, str]:
    """An answer as one row of texts."""
    found: dict[str, Any] = dict(answer or {})
    found |= {f"property.{key}": value for key, value in (found.pop("property", None) or {}).items()}
    return {
        key: f"{value:,}" if isinstance(value, int) and key == "budget_dollars" else str(value)
        for key, value in found.items()
        if value is not None
    }
