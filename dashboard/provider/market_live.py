"""Open pages of the marketplace stay true: they look at counters every few seconds and draw anew when one moved (SPEC 9.1)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import streamlit as st

from core.kit import live
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from dashboard.current import SignedOut, glance
from dashboard.live import fragment

LIVE_S = 4


def drawn(key: str, topics: tuple[str, ...]) -> None:
    """Note where the counters stand, before the page reads what it shows."""
    st.session_state[f"live-{key}"] = (_versions(topics), utc_now())


def until(key: str, moment: datetime | None) -> None:
    """Have the page drawn anew at a moment: when the first hold runs out, for one."""
    st.session_state[f"live-until-{key}"] = moment


@fragment(run_every=LIVE_S)
def watch(key: str, topics: tuple[str, ...]) -> None:
    """Draw the page anew when a counter moved, when nobody can tell, or when the moment has come."""
    found = glance(_asked, topics=topics)
    if isinstance(found, SignedOut):
        st.rerun()
    if isinstance(found, HotleadsError):
        return
    seen, at = st.session_state.get(f"live-{key}", (found, utc_now()))
    moment = st.session_state.get(f"live-until-{key}")
    over = moment is not None and moment <= utc_now()
    blind = found is None and utc_now() - at > timedelta(seconds=LIVE_S - 1)
    if blind or over or (found is not None and found != seen):
        until(key, None)
        st.rerun()


def cart_topic(provider_id: UUID | None) -> str:
    """What moves when something is put into a company's cart or taken out, on any device."""
    return f"cart:{provider_id}"


def _asked(session: Any, *, topics: tuple[str, ...]) -> tuple[int, ...] | None:
    """The counters, for somebody who is still signed in."""
    return _versions(topics)


def _versions(topics: tuple[str, ...]) -> tuple[int, ...] | None:
    return live.versions(topics)
