"""API keys on a page: what there is, a new one shown once, rotated, revoked; a company's own or a partner's (SPEC 1.1)."""

from uuid import UUID

import streamlit as st

from core import accounts
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.components.confirm import confirm_button
from dashboard.components.verbatim import verbatim
from dashboard.current import act, attempt, read, zone_of_browser
from dashboard.live import again, fragment

SCOPES = {
    "leads.read": "Read leads and claims",
    "leads.write": "Accept, reject, note and report leads",
    "company.read": "Read profile, areas and subscriptions",
    "company.write": "Change profile, areas and subscriptions",
    "billing.read": "Read balance and billing",
    "billing.write": "Make deposits",
    "marketplace.read": "Search the marketplace, see the cart",
    "marketplace.buy": "Hold and buy leads",
    "reports.read": "Read results and files",
    "reports.write": "Ask for exports",
    "webhooks": "Manage webhooks",
    "intake": "Send leads",
    "ping": "Ask for an offer before sending",
    "payouts": "Read shares and payouts",
}
LIVES = {"90 days": 90, "A year": 365, "Two years": 730, "Until it is revoked": None}
_FRESH = "fresh-api-key"


@fragment
def api_keys(*, may_change: bool, partner_id: UUID | None = None) -> None:
    """The keys, the newest one's secret right after it was made, and the form for another."""
    place = f"-{partner_id or 'own'}"
    _fresh(place)
    now = utc_now()
    keys = read(accounts.list_keys, partner_id=partner_id)
    live = [key for key in keys if key.live(now)]
    if not live:
        page.empty(
            "No API keys", "A program signs in with a key of its own. Make one and give it only what it needs.", icon="key"
        )
    for key in live:
        _key(key, partner_id, place, may_change=may_change)
    if may_change:
        with st.expander("Make a key", icon=":material/add:"):
            _form(partner_id, place)
    else:
        st.caption(
            "An owner of the company makes and revokes keys." if partner_id is None else "An admin makes and revokes keys."
        )
    ended = [key for key in keys if not key.live(now)]
    if ended:
        names = ", ".join(f"{key.name} (…{key.ending})" for key in ended[:20])
        st.caption(f"No longer working: {names}.")


def _fresh(place: str) -> None:
    token = st.session_state.get(_FRESH + place)
    if token is None:
        return
    with st.container(border=True):
        st.success("Copy the key now and keep it where you keep passwords. It is not shown again.", icon=":material/key:")
        st.code(token, language=None, wrap_lines=True)
        st.button("I have copied it", key=f"copied{place}", on_click=st.session_state.pop, args=(_FRESH + place,))


def _key(key: accounts.KeyView, partner_id: UUID | None, place: str, *, may_change: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        used = f"last used {figures.ago(key.last_used_at)}" if key.last_used_at else "never used"
        ends = figures.exact(key.expires_at, zone_of_browser())
        until = f"works until {ends}" if key.expires_at else "works until it is revoked"
        if key.revoked_at:
            until = f"replaced; works until {figures.exact(key.revoked_at, zone_of_browser())}"
        may = ", ".join(SCOPES.get(scope, scope).lower() for scope in key.scopes)
        state = pills.pill("paused", "Ending") if key.revoked_at else pills.pill("active")
        st.markdown(f"**{verbatim(key.name)}** {state}  \n:gray[…{key.ending}, {used}, {until}. May {may}.]", width="stretch")
        if not may_change or key.revoked_at:
            return
        st.button("Rotate", key=f"rotate-{key.id}", on_click=_rotate, args=(key.id, partner_id, place), help=ROTATE)
        confirm_button(
            "Revoke",
            will=f"Programs that use {key.name} are refused at once.",
            verb=f"Revoke {key.name}",
            key=f"revoke-{key.id}",
            on_confirm=_revoke,
            args=(key.id, partner_id, key.name),
        )


ROTATE = "Makes a new key with the same rights. The old one works for another 24 hours."


def _form(partner_id: UUID | None, place: str) -> None:
    scopes = accounts.PARTNER_SCOPES if partner_id else accounts.PROVIDER_SCOPES
    with st.form(f"api-key{place}", border=False, clear_on_submit=False):
        name = st.text_input("Name", max_chars=80, placeholder="The program that uses it")
        wanted = st.multiselect("What it may do", scopes, format_func=lambda scope: SCOPES.get(scope, scope))
        life = st.selectbox("How long it works", list(LIVES), index=1)
        if st.form_submit_button("Make the key", type="primary"):
            days = LIVES[str(life)]
            made = attempt(accounts.create_key, name=name or "", scopes=wanted, partner_id=partner_id, days=days)
            if isinstance(made, HotleadsError):
                wording.show(made)
                return
            st.session_state[_FRESH + place] = made.token
            again()


def _rotate(key_id: UUID, partner_id: UUID | None, place: str) -> None:
    made = act(accounts.rotate_key, key_id=key_id, partner_id=partner_id, said="The old key works for another 24 hours.")
    if made is not None:
        st.session_state[_FRESH + place] = made.token


def _revoke(key_id: UUID, partner_id: UUID | None, name: str) -> None:
    act(accounts.revoke_key, key_id=key_id, partner_id=partner_id, said=f"{name} no longer works.")
