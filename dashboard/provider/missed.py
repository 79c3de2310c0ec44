"""What a subscription missed and why, with the way to change it (SPEC 4.5)."""

from datetime import timedelta

import altair as alt
import streamlit as st

from core import distribution, providers
from core.kit.clock import utc_now
from dashboard import navigation, theme
from dashboard.components import figures, page, pager, tables
from dashboard.components.timeline import Moment, timeline
from dashboard.current import read
from dashboard.live import fragment

PAGE = 10
VERDICTS = {"won": "Yours", "refused": "Passed by", "stood_still": "Passed by", "waited": "Not your turn"}
TONES: dict[str, theme.Tone] = {"won": "live", "refused": "waiting", "stood_still": "waiting", "waited": "neutral"}

# The part of the page on which a reason can be changed: its words, its path, what opens it.
WAYS = {
    "filter": ("Change the filter", "subscriptions", {"wish": "What you want"}),
    "caps": ("Change the limits", "subscriptions", {"wish": "How much"}),
    "hours": ("Change the hours", "subscriptions", {"wish": "When"}),
    "areas": ("Change the areas", "subscriptions", {"subs": "Areas"}),
    "wallet": ("Fill the wallet", "wallet", {}),
}


def missed(view: providers.SubscriptionView) -> None:
    """Why leads of the niche did not come, in counts; nothing about anybody else."""
    days = st.segmented_control(
        "Time",
        (7, 30, 90),
        default=30,
        format_func=lambda n: f"{n} days",
        key="missed-days",
        label_visibility="collapsed",
        required=True,
    )
    _in_counts(view, days or 30)
    _fair_share(view, days or 30)
    one_by_one(view)


def _in_counts(view: providers.SubscriptionView, days: int) -> None:
    found = read(distribution.missed, subscription_id=view.id, days=days)
    if not found.leads:
        page.empty("Nothing to tell yet", "Leads of the niche are counted here from the day you subscribe.", icon="query_stats")
        return
    away = found.leads - found.received
    st.markdown(
        f"**{found.received:,} of {figures.count(found.leads, 'lead')}** of {view.niche_name} came to you"
        + (f"; {away:,} did not." if away else ".")
    )
    if not found.reasons:
        return
    st.markdown(f"**Why did leads not come?** :gray[Last {found.days} days, by the settings of today]")
    _bars(found)
    _ways(view, found)
    if found.cuts:
        st.markdown("**Which of your rules refused them?**")
        tables.table(
            [{"rule": cut.words, "leads": cut.leads} for cut in found.cuts],
            {"rule": tables.text("Rule", width="large"), "leads": tables.number("Leads")},
            key="missed-rules",
        )


@fragment
def one_by_one(view: providers.SubscriptionView) -> None:
    """The newest leads of the niche, each with its verdict and the smallest change that would have won it."""
    st.markdown("**Lead by lead**")
    found = read(distribution.own_verdicts, subscription_id=view.id, before_run=pager.cursor("run"), limit=PAGE)
    if not found:
        st.caption("Leads appear here a minute after they are handed out.")
        return
    timeline([_moment(own) for own in found], newest_first=True)
    pager.pager(found[-1].run_id, full=len(found) == PAGE, name="run")


def _moment(own: distribution.OwnVerdict) -> Moment:
    """A verdict, why, and what would have won it."""
    change = f" What would have won it: {own.change}{'' if own.would_win else ', and more'}." if own.change else ""
    where = f", {own.city}" if own.city else ""
    return Moment(own.at, VERDICTS[own.verdict] + where, own.sentence + change, TONES[own.verdict])


def _fair_share(view: providers.SubscriptionView, days: int) -> None:
    """Due against received, in one line, and what kept the rest away."""
    line = read(distribution.own_fair_share, subscription_id=view.id, days=days)
    if not (line.expected or line.received):
        return
    away = {
        "limits": line.capped,
        "pauses": line.paused,
        "an empty wallet": line.unfunded,
        "filter, areas and hours": line.own_choice,
    }
    kept = ", ".join(f"{what} {amount:.1f}" for what, amount in away.items() if amount >= 0.05)
    owed = f"{line.deficit:.1f} owed to you" if line.deficit >= 0.05 else "nothing owed"
    late = line.since if line.since and line.since > utc_now().date() - timedelta(days=days) else None
    began = f" since {figures.day(late, year=False)}" if late else ""
    st.markdown(
        f"**Your fair share{began}:** {line.expected + line.newcomer:.1f} due, {line.received} received"
        + (f", {line.refunded} paid back" if line.refunded else "")
        + f", {owed}."
        + (f" :gray[Kept away in leads: {kept}.]" if kept else "")
    )


def _bars(found: distribution.Missed) -> None:
    """The reasons as bars; the words stand beside each, and the table under the chart's own menu."""
    rows = [{"why": reason.sentence, "leads": reason.leads} for reason in found.reasons]
    frame = tables.frame_of(rows, ("why", "leads"))
    hue = theme.HUES["sea"][st.context.theme.type == "dark"]
    base = alt.Chart(frame).encode(
        x=alt.X("leads:Q", title=None, axis=None, scale=alt.Scale(zero=True)),
        y=alt.Y("why:N", title=None, sort="-x", axis=alt.Axis(labelLimit=330, ticks=False, domain=False)),
        tooltip=[alt.Tooltip("why:N", title="Why"), alt.Tooltip("leads:Q", title="Leads")],
    )
    bars = base.mark_bar(color=hue, height=16)
    named = base.mark_text(align="left", dx=5).encode(text="leads:Q")
    st.altair_chart(bars + named, height=36 + 30 * len(rows), key="missed-chart")


def _ways(view: providers.SubscriptionView, found: distribution.Missed) -> None:
    settings = dict.fromkeys(reason.setting for reason in found.reasons if reason.setting)
    with st.container(horizontal=True):
        for setting in settings:
            words, path, query = WAYS[setting]
            target = navigation.target(path)
            kept = {"sub": str(view.id)} if "wish" in query else {}
            st.page_link(target, label=words, icon=":material/arrow_forward:", query_params=kept | query, width="content")
