"""Which pages there are, for whom, and where: one table."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from dashboard.current import CurrentUser
from dashboard.live import speak

ADMIN, ANALYST, SCIENTIST, PROVIDER = "admin", "analyst", "scientist", "provider"
STAFF = (ADMIN, ANALYST, SCIENTIST)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu; ``module`` has a function ``show(user)``."""

    path: str
    title: str
    icon: str
    section: str
    roles: tuple[str, ...]
    module: str
    default: bool = False


PAGES = (
    Entry("today", "Today", "wb_sunny", "Now", STAFF, "admin.today", default=True),
    Entry("review", "Review", "fact_check", "Now", (ADMIN, ANALYST), "admin.review"),
    Entry("bad-leads", "Claims", "flag", "Now", (ADMIN, ANALYST), "admin.claims"),
    Entry("duplicates", "Duplicates", "join_inner", "Now", (ADMIN, ANALYST), "admin.duplicates"),
    Entry("leads", "Leads", "contact_page", "Exchange", STAFF, "admin.leads"),
    Entry("distribution", "Distribution", "fork_right", "Exchange", (ADMIN, ANALYST), "admin.distribution"),
    Entry("sources", "Sources", "cable", "Exchange", (ADMIN, ANALYST), "admin.sources"),
    Entry("desk", "Marketplace desk", "candlestick_chart", "Exchange", (ADMIN, ANALYST), "admin.desk"),
    Entry("providers", "Providers", "storefront", "Exchange", (ADMIN, ANALYST), "admin.providers"),
    Entry("billing", "Billing", "payments", "Exchange", (ADMIN, ANALYST), "admin.billing"),
    Entry("markets", "Markets", "map", "Exchange", (ADMIN, ANALYST), "admin.markets"),
    Entry("niches", "Niches", "category", "Exchange", (ADMIN, ANALYST), "admin.niches"),
    Entry("filters", "Filters", "filter_alt", "Exchange", (ADMIN, ANALYST), "admin.filters"),
    Entry("policies", "Policies", "gavel", "Exchange", (ADMIN, ANALYST), "admin.policies"),
    Entry("support", "Support", "support_agent", "Exchange", (ADMIN,), "admin.support"),
    Entry("quality", "Data quality", "rule", "Figures", STAFF, "admin.quality"),
    Entry("reports", "Reports", "insights", "Figures", STAFF, "admin.reports"),
    Entry("models", "Models", "model_training", "Figures", STAFF, "admin.models"),
    Entry("notebooks", "Notebooks", "menu_book", "Figures", STAFF, "admin.notebooks"),
    Entry("success", "Success", "flag_circle", "Figures", STAFF, "admin.success"),
    Entry("exports", "Exports", "download", "Figures", STAFF, "admin.exports"),
    Entry("messages", "Messages", "mail", "System", (ADMIN,), "admin.messages"),
    Entry("operations", "Operations", "monitor_heart", "System", (ADMIN, ANALYST), "admin.operations"),
    Entry("audit", "Audit", "history", "System", (ADMIN,), "admin.audit"),
    Entry("users", "Users", "group", "System", (ADMIN,), "admin.users"),
    Entry("business", "Settings", "tune", "System", STAFF, "admin.business"),
    Entry("account", "Account", "manage_accounts", "System", STAFF, "shared.account"),
    Entry("home", "Home", "home", "", (PROVIDER,), "provider.home", default=True),
    Entry("inbox", "Inbox", "inbox", "", (PROVIDER,), "provider.inbox"),
    Entry("marketplace", "Marketplace", "storefront", "", (PROVIDER,), "provider.marketplace"),
    Entry("cart", "Cart", "shopping_cart", "", (PROVIDER,), "provider.cart"),
    Entry("claims", "Claims", "flag", "", (PROVIDER,), "provider.claims"),
    Entry("subscriptions", "Subscriptions", "stairs", "", (PROVIDER,), "provider.subscriptions"),
    Entry("wallet", "Wallet", "account_balance_wallet", "", (PROVIDER,), "provider.wallet"),
    Entry("results", "Results", "query_stats", "", (PROVIDER,), "provider.results"),
    Entry("my-exports", "Exports", "download", "", (PROVIDER,), "provider.exports"),
    Entry("settings", "Settings", "settings", "", (PROVIDER,), "provider.settings"),
)

_ENTRIES = {entry.path: entry for entry in PAGES}


def pages_of(role: str) -> list[Entry]:
    """The menu of a role."""
    return [entry for entry in PAGES if role in entry.roles]


def run(user: CurrentUser) -> None:
    """Draw the menu and run the page of the address; a suspended company has one page at every address (SPEC 1.3)."""
    if user.company_status == "suspended":
        st.navigation([_page(entry, user, "provider.suspended") for entry in pages_of(user.role)], position="hidden").run()
        speak()
        return
    sections: dict[str, list[st.Page]] = {}
    for entry in PAGES:
        if user.role in entry.roles:
            sections.setdefault(entry.section, []).append(_page(entry, user))
    # Somebody may be sent the address of a page of other roles: it says so, which is all that it shows.
    mine = next(iter(sections.values()))
    mine += [_page(entry, user, "shared.elsewhere") for entry in PAGES if user.role not in entry.roles]
    st.navigation(sections, expanded=True).run()
    speak()


def entry(path: str) -> Entry:
    """The entry of a path."""
    return _ENTRIES[path]


def target(path: str) -> st.Page:
    """A page as ``st.page_link`` and ``st.switch_page`` want it; state goes beside it as ``query_params``."""
    return _page(_ENTRIES[path], None)


def address(path: str, **query: str) -> str:
    """The address of a page, for links inside text: ``address("leads", lead="...")``."""
    return ("/" if _ENTRIES[path].default else f"/{path}") + (f"?{urlencode(query)}" if query else "")


def preload() -> None:
    """Import every page before the first visitor comes."""
    for entry in PAGES:
        import_module(f"dashboard.{entry.module}")


def _page(entry: Entry, user: CurrentUser | None, module: str | None = None) -> st.Page:
    def shown() -> None:
        st.set_page_config(page_title=f"{entry.title} – Hotleads")
        show: Callable[[CurrentUser | None], None] = import_module(f"dashboard.{module or entry.module}").show
        show(user)

    icon = f":material/{entry.icon}:"
    foreign = user is not None and user.role not in entry.roles
    default = entry.default and not foreign
    seen: Literal["visible", "hidden"] = "hidden" if foreign else "visible"
    return st.Page(shown, title=entry.title, icon=icon, url_path=entry.path, default=default, visibility=seen)
