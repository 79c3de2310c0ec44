"""Claims: the leads a company reported as bad, the time by which each is answered, and what was decided (SPEC 7.3)."""

from uuid import UUID

import streamlit as st

from core import returns
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.components import figures, page, pager
from dashboard.components.confirm import confirm_button
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.components.timeline import Moment, timeline
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import again, fragment, say
from dashboard.provider.not_yet import not_yet
from dashboard.shared import claim as told

STATUSES = {"open": "Waiting", "approved": "Credited", "rejected": "Rejected", "withdrawn": "Withdrawn"}


def show(user: CurrentUser) -> None:
    """List left, one report right."""
    page.header("Claims", "Leads you reported as bad, when each is answered, and what was decided.")
    if not_yet(user, "You report bad leads here"):
        return
    _desk()


@fragment
def _desk() -> None:
    status = st.segmented_control(
        "Status",
        list(STATUSES),
        format_func=STATUSES.__getitem__,
        key="status",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    rows = read(returns.own_claims, status=status, before_id=pager.cursor(of=status), limit=pager.PAGE)
    chosen = param_id("claim")
    if not rows and chosen is None:
        if status:
            page.empty("No report fits", "Take the filter away to see them all.", icon="filter_alt_off")
        else:
            page.empty(
                "No lead reported",
                "Open a lead in your inbox and choose Report as bad, within 14 days of its delivery.",
                icon="flag",
                action=_to_inbox,
            )
        return
    left, right = split("claim", key="claims", back="All reports", widths=(2, 4))
    with left:
        rail([_row(row) for row in rows], opened=str(chosen or rows[0].id), param="claim", key="claims")
        pager.pager(rows[-1].id if rows else None, full=len(rows) == pager.PAGE)
    with right:
        _claim(read(returns.own_claim, claim_id=chosen) if chosen else rows[0])


def _to_inbox() -> None:
    st.page_link(navigation.target("inbox"), label="Open the inbox", icon=":material/inbox:")


def _row(row: returns.OwnClaim) -> Row:
    detail = f"{told.reason(row.reason)} · {figures.place(row.city, row.zip)} · {figures.ago(row.reported_at)}"
    return Row(str(row.id), row.niche, detail, told.state(row.status, row.resolution))


def _claim(claim: returns.OwnClaim) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        clock = told.clock(claim.due_at, claim.status)
        st.markdown(f"{told.state(claim.status, claim.resolution)} {clock}", width="stretch")
        st.page_link(
            navigation.target("inbox"),
            label="The lead",
            icon=":material/open_in_new:",
            query_params={"lead": str(claim.assignment_id)},
        )
    page.section(told.reason(claim.reason), _sentence(claim))
    facts: list[tuple[str, str | None]] = [
        ("Lead", f"{claim.niche}, {figures.place(claim.city, claim.zip)}"),
        ("Delivered", figures.time_tag(claim.assigned_at, claim.timezone)),
        ("Price", figures.money(claim.price_cents)),
    ]
    if claim.refunded_at:
        facts.append(("Credited", figures.time_tag(claim.refunded_at, claim.timezone)))
    if claim.status in returns.OPEN:
        facts.append(("Answer due", figures.time_tag(claim.due_at, claim.timezone)))
    page.facts(facts)
    st.markdown("**What happened**")
    timeline(
        [
            Moment(step.at, _who(step), step.words, told.TONES.get(step.event, "sea"))  # type: ignore[arg-type]
            for step in claim.steps
        ],
        zone=claim.timezone,
    )
    _next(claim)


def _who(step: returns.OwnStep) -> str:
    return f"{told.STEPS[step.event]} by {'us' if step.by_us else 'you'}"


def _sentence(claim: returns.OwnClaim) -> str:
    if claim.status == "pending":
        return "An administrator looks at the evidence and answers. You are told by mail."
    if claim.status == "appealed":
        return "Your appeal is being looked at. The answer to it is final."
    if claim.status == "approved":
        return f"{told.outcome(claim.status, claim.resolution)}. {figures.money(claim.price_cents)} went back to your wallet."
    if claim.status == "withdrawn":
        return "You took the report back. A lead can be reported once."
    return "The lead stays paid for." if claim.appeal_until is None else "The lead stays paid for. You may appeal once."


def _next(claim: returns.OwnClaim) -> None:
    if claim.may_withdraw:
        confirm_button(
            "Take the report back",
            will="The report ends without an answer, and this lead can't be reported again.",
            verb="Take it back",
            key=f"withdraw-{claim.id}",
            icon="undo",
            on_confirm=_withdraw,
            args=(claim.id,),
        )
    if claim.appeal_until:
        with st.form(f"appeal-{claim.id}"):
            until = figures.exact(claim.appeal_until, claim.timezone)
            notes = st.text_area("Why should we look again?", max_chars=500, height=110, help="10 to 500 characters")
            st.caption(f"Once, until {until}. The answer to an appeal is final.")
            if st.form_submit_button("Appeal the rejection", type="primary", icon=":material/gavel:"):
                _appeal(claim.id, notes or "")


def _withdraw(claim_id: UUID) -> None:
    act(returns.withdraw, claim_id=claim_id, said="The report was taken back.")


def _appeal(claim_id: UUID, notes: str) -> None:
    done = attempt(returns.appeal, claim_id=claim_id, notes=notes)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say("Appealed. You are told the answer by mail.")
    again()
