"""What a source may be used for, on what ground, found by whom; nothing comes from it without (SPEC 8.2)."""

from datetime import UTC, datetime, time
from uuid import UUID

import streamlit as st

from core import sourcing
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.sourcing import PermissionView, Robots, Uses
from core.sourcing.permission import READ_LIKE_A_READER
from dashboard import wording
from dashboard.admin.sources_words import sells
from dashboard.components import figures, page, pills
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say

ROBOTS = {"allowed": "It allows these pages", "absent": "There is none", "disallowed": "It forbids them"}
SELL_WORDS = {
    "never": "Never: enrich or price only",
    "with_consent": "Only leads that bring their consumer's own consent",
    "allowed": "Yes: the licence itself lets us sell",
}


@fragment
def permission(source_id: UUID, *, kind: str, may_act: bool) -> None:
    """What is in force, a form for a new decision, and every earlier one."""
    found = read(sourcing.get_source, source_id=source_id).permissions
    current = next((row for row in found if row.in_force), None)
    if current:
        _record(current)
    else:
        page.empty("No permission in force", "Read licence and terms, then record what they allow.", icon="gpp_maybe")
    if may_act:
        with st.expander("Record a decision", icon=":material/gavel:"):
            _form(source_id, kind)
    older = [row for row in found if row is not current]
    if older:
        page.section("Earlier decisions", "They stay: who found what, and when.")
        for row in older:
            with st.container(border=True):
                _record(row)


def _record(row: PermissionView) -> None:
    granted = row.decision == "granted"
    if row.in_force:
        st.markdown(pills.tag("In force", icon="verified_user", tone="live"))
    else:
        st.markdown(pills.tag("Granted, over" if granted else "Denied", icon="gpp_bad", tone="neutral" if granted else "stopped"))
    page.facts(
        [
            ("May enrich leads", "Yes" if row.may_enrich else "No"),
            ("May inform prices", "Yes" if row.may_price else "No"),
            ("May be sold", SELL_WORDS[row.may_sell] if granted else sells("never")),
            ("Licence or terms", row.licence),
            ("Evidence", row.evidence),
            ("Terms at", row.terms_url),
            ("robots.txt", _robots(row)),
            ("Valid until", figures.exact(row.valid_until) if row.valid_until else "Until it is decided anew"),
            ("Found by", row.reviewer),
            ("Decided", figures.time_tag(row.decided_at)),
        ],
        columns=2,
    )


def _robots(row: PermissionView) -> str:
    if row.robots_verdict is None:
        return "Not read: no pages of a site are"
    digest = f", SHA-256 {row.robots_hash[:12]}…" if row.robots_hash else ""
    return f"{ROBOTS[row.robots_verdict]}, read {figures.exact(row.robots_at)}{digest}"


def _form(source_id: UUID, kind: str) -> None:
    st.caption("Read the licence and the terms yourself. What you record here decides what the house does with every record.")
    with st.form(f"permission-{source_id}", border=False):
        granted = st.radio("Decision", ("It may be used", "It may not be used"), horizontal=True) == "It may be used"
        enrich = st.checkbox("Its records may enrich leads we have", value=True)
        price = st.checkbox("Its records may inform prices", value=True)
        sell = st.radio("Leads made from its records may be sold", list(SELL_WORDS), format_func=lambda key: SELL_WORDS[key])
        licence = st.text_area("Licence or terms, in your words", max_chars=2000, help="Which contract or terms, of what day.")
        evidence = st.text_input("Where the proof lies", max_chars=2000, help="A file, a ticket, a signed page.")
        terms_url = st.text_input("Address of the terms, if public", max_chars=2000)
        verdict = _robots_field(kind)
        until = st.date_input("Valid until, if it ends", format="MM/DD/YYYY", value=None)
        if st.form_submit_button("Record the decision", type="primary"):
            shared = {"source_id": source_id, "licence": licence or "", "evidence": evidence or ""}
            if not granted:
                _save(sourcing.deny_permission, shared)
            else:
                uses = Uses(may_enrich=enrich, may_price=price, may_sell=sell or "never")
                ends = datetime.combine(until, time.max, UTC) if until else None
                more = {"uses": uses, "terms_url": terms_url or None, "robots": verdict, "valid_until": ends}
                _save(sourcing.grant_permission, shared | more)


def _robots_field(kind: str) -> Robots | None:
    if kind not in READ_LIKE_A_READER:
        return None
    chosen = st.radio(
        "What the site's robots.txt says of these pages", list(ROBOTS), format_func=lambda key: ROBOTS[key], index=None
    )
    return Robots(chosen, utc_now()) if chosen else None


def _save(verb: object, given: dict[str, object]) -> None:
    saved = attempt(verb, **given)  # type: ignore[arg-type]
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say("The decision is recorded.")
    again()
