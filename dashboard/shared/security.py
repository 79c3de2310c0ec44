"""A person's own security: password, second factor, sessions (SPEC 1.2, 1.4, 1.5)."""

from uuid import UUID

import streamlit as st

from core import accounts
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page
from dashboard.components.keys import keys_switch
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say


def security(user: CurrentUser) -> None:
    """Second factor, password, the list of sessions, and whether single keys press buttons."""
    left, right = st.columns(2, gap="large")
    with left:
        _second_factor(user)
        _password(user)
    with right:
        _sessions()
        page.section("Keyboard")
        keys_switch()


def _second_factor(user: CurrentUser) -> None:
    page.section("Second factor")
    if not user.second_factor:
        st.markdown(":orange-badge[:material/lock_open: Off] A code from your phone besides the password.")
        st.link_button("Set up the second factor", "/second-factor", icon=":material/qr_code_2:", type="primary")
        return
    left = read(accounts.recovery_codes_left)
    st.markdown(f":green-badge[:material/lock: On] {figures.count(left, 'recovery code')} left.")
    with st.expander("New recovery codes"), st.form("recovery", border=False):
        code = st.text_input("Code from your phone", max_chars=10, autocomplete="one-time-code")
        if st.form_submit_button("Make new codes"):
            _show_codes(code or "")
    if user.role == "provider":
        with st.expander("Switch it off"), st.form("totp-off", border=False):
            code = st.text_input("Code from your phone", max_chars=10, key="totp-off-code", autocomplete="one-time-code")
            if st.form_submit_button("Switch the second factor off") and _done(accounts.disable_totp, code=code or ""):
                st.rerun()


def _show_codes(code: str) -> None:
    codes = attempt(accounts.renew_recovery_codes, code=code)
    if isinstance(codes, HotleadsError):
        wording.show(codes)
        return
    st.success("The old codes are gone. Keep these where you keep passwords; each works once and they are not shown again.")
    st.code("\n".join(codes), language=None)


def _password(user: CurrentUser) -> None:
    page.section("Password")
    with st.expander("Change the password"):
        current = st.text_input("Current password", type="password", key="pw-now", autocomplete="current-password")
        fresh = st.text_input("New password", type="password", key="pw-new", autocomplete="new-password", live=True)
        if fresh:
            _advice(fresh, user)
        if st.button("Change the password", disabled=not (current and fresh)) and _done(
            accounts.change_password, current=current or "", password=fresh or ""
        ):
            say("Changed. Your other sessions have ended.")


def _advice(password: str, user: CurrentUser) -> None:
    advice = accounts.password_advice(password, email=user.email, company=user.company or "")
    st.progress(min(advice.score, 4) / 4, text="Strong enough" if advice.ok else advice.warning or "Too easy to guess")
    if not advice.ok and advice.suggestions:
        st.caption(" ".join(advice.suggestions))


@fragment
def _sessions() -> None:
    page.section("Where you are signed in", "End what you don't recognise, then change your password.")
    lines = read(accounts.sessions_of)
    if len(lines) > 1:
        st.button("End all others", icon=":material/logout:", on_click=_end_others)
    for line in lines:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            here = " :green-badge[:material/check: This one]" if line.current else ""
            where = f"{line.ip or 'unknown address'}, seen {figures.ago(line.last_seen_at)}"
            st.markdown(f"**{device(line.user_agent)}**{here}  \n:gray[{where}]", width="stretch")
            if not line.current:
                st.button("End", key=f"end-{line.id}", on_click=_end, args=(line.id,))


def _end(session_id: UUID) -> None:
    act(accounts.revoke_session, session_id=session_id, said="That session has ended.")


def _end_others() -> None:
    act(accounts.revoke_other_sessions, said="Every other session has ended.")


def _done(verb: object, **arguments: object) -> bool:
    """Run a verb of a form; the refusal shows beside it."""
    result = attempt(verb, **arguments)  # type: ignore[arg-type]
    if isinstance(result, HotleadsError):
        wording.show(result)
        return False
    return True


def device(agent: str | None) -> str:
    """``Chrome on Linux`` from a browser's own description, roughly."""
    text = agent or ""
    browser = next((name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in text), "A browser")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in text), "")
    return browser.replace("Edg", "Edge") + (f" on {system}" if system else "")
