"""Parts of a provider's page: standing, subscriptions, areas, activity."""

import re
from typing import Any
from uuid import UUID

import streamlit as st

from core import audit, markets, niches, providers
from core.kit.db import Json
from core.kit.lengths import land
from dashboard import wording
from dashboard.components import figures, maps, page, pager, pills, tables
from dashboard.components.reason import reason_button
from dashboard.components.verbatim import verbatim
from dashboard.current import act, read
from dashboard.live import fragment

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|T)")
NEXT = {
    "pending": ("active", "deactivated"),
    "active": ("suspended", "deactivated"),
    "suspended": ("active", "deactivated"),
    "deactivated": ("active",),
}
VERBS = {"active": "Activate", "suspended": "Suspend", "deactivated": "Deactivate"}
FOLLOWS = {
    "active": "They see and receive leads again, as far as the wallet pays.",
    "suspended": "They stop receiving leads at once and their people are signed out. Leads they bought stay theirs.",
    "deactivated": "The account is closed and their people are signed out. It can be opened again.",
}


def standing(view: providers.ProviderView) -> None:
    """The buttons that change the company's status, each asking for the reason."""
    if view.status == "pending":
        ready = view.profile_completed_at is not None
        st.button(
            "Activate",
            type="primary",
            icon=":material/check:",
            disabled=not ready,
            help=None if ready else "The profile is not complete yet",
            on_click=_activate,
            args=(view.id, view.company_name),
        )
    for status in NEXT[view.status]:
        if (view.status, status) == ("pending", "active"):
            continue
        reason_button(
            VERBS[status], will=FOLLOWS[status], verb=f"{VERBS[status]} {verbatim(view.company_name)}", key=status,
            on_reason=_set_status, args=(view.id, status), placeholder="They read it in a mail",
        )  # fmt: skip


def _activate(provider_id: UUID, company: str) -> None:
    act(providers.activate, provider_id=provider_id, said=f"{company} is active and was welcomed by mail.")


def _set_status(provider_id: UUID, status: str, reason: str) -> None:
    said = f"Changed to {pills.word(status).lower()}. They were told by mail."
    act(providers.set_status, provider_id=provider_id, status=status, reason=reason, said=said)


def subscriptions(provider_id: UUID) -> None:
    """What the company buys, with its filters in words."""
    views = read(providers.subscriptions_of, provider_id=provider_id, ended=True)
    if not views:
        page.empty("No subscriptions", "They choose levels themselves once they are active.", icon="stairs")
        return
    schemas: dict[UUID, Json] = {id_: read(niches.current_schema, niche_id=id_) for id_ in {view.niche_id for view in views}}
    tables.table(
        [
            {
                "niche": view.niche_name,
                "level": view.level_name,
                "price": tables.dollars(view.price_cents),
                "status": pills.word(view.status),
                "why": pills.reason(view.inactive_reason),
                "filter": _filter(view, schemas[view.niche_id]),
                "last": view.last_received_at,
            }
            for view in views
        ],
        {
            "niche": tables.text("Niche"),
            "level": tables.text("Level"),
            "price": tables.money("Price"),
            "status": tables.text("Status"),
            "why": tables.text("Why"),
            "filter": tables.text("Wants", width="large"),
            "last": tables.time("Last lead"),
        },
        key="subscriptions",
    )


def _filter(view: providers.SubscriptionView, schema: Json) -> str:
    return providers.filter_in_words(view.filter_rules, schema) if view.filter_valid else "The filter no longer fits the form"


def areas(provider_id: UUID) -> None:
    """Where the company works: a map and the list beside it."""
    found = read(providers.areas_of, provider_id=provider_id)
    if not found:
        page.empty("Everywhere", "Without service areas a company is offered leads of every market.", icon="public")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        near = [outline["geometry"] for outline in read(markets.outlines)["features"] if maps.overlap(outline, found)]
        maps.locator(
            near,
            [],
            caption=figures.count(len(found), "area"),
            areas=[area.geojson for area in found],
            areas_label="Service areas",
        )
    with right:
        tables.table(
            [{"name": area.name, "kind": area.kind.capitalize(), "land": land(area.square_km)} for area in found],
            {"name": tables.text("Area"), "kind": tables.text("Kind"), "land": tables.text("Land")},
            key="areas",
        )


@fragment
def activity(provider_id: UUID, *, may_read: bool) -> None:
    """The company's entries in the audit trail."""
    if not may_read:
        page.empty("For administrators", "The audit trail holds memos that only administrators read.", icon="lock")
        return
    entries = read(audit.search, entity_type="provider", entity_id=provider_id, before_id=pager.cursor("older"), limit=pager.PAGE)
    if not entries:
        page.empty("No activity yet", "Changes of the company appear here as they happen.", icon="history")
        return
    tables.table(
        [
            {"at": e.at, "what": _what(e.action), "by": wording.doer(e.actor_role), "to": _short(e.after), "memo": e.memo}
            for e in entries
        ],
        {
            "at": tables.time("When"),
            "what": tables.text("What"),
            "by": tables.text("By"),
            "to": tables.text("To", width="large"),
            "memo": tables.text("Memo"),
        },
        key="activity",
    )
    pager.pager(entries[-1].id, full=len(entries) == pager.PAGE, name="older")


def _what(action: str) -> str:
    """``provider.area_added`` as ``Area added``."""
    return wording.deed(action.removeprefix("provider."))


def _short(after: Json | None) -> str:
    """What changed, without ids, money and days as they are told elsewhere."""
    shown = {key: value for key, value in (after or {}).items() if value is not None and not key.endswith(("_id", "_ids"))}
    return ", ".join(_told(key, value) for key, value in shown.items())[:200]


def _told(key: str, value: Any) -> str:
    if key.endswith("_cents") and isinstance(value, int):
        return f"{key.removesuffix('_cents').replace('_', ' ')}: {figures.money(value)}"
    words = figures.answer(value[:10]) if isinstance(value, str) and _MOMENT.match(value) else value
    return f"{key.removesuffix('_at').replace('_', ' ')}: {words}"
