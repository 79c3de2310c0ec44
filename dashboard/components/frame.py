"""The frame around every page: title of the tab, style, mark, who is signed in, and the way out."""

from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from dashboard import theme
from dashboard.components import popovers
from dashboard.current import CurrentUser

STATIC = Path(__file__).parent.parent / "static"


def open_page() -> None:
    """Set the tab and load the style; the icon is a file of ours, never a symbol fetched from outside."""
    st.set_page_config(page_title="Hotleads", page_icon=str(STATIC / "favicon.png"), layout="wide")
    st.html(_style())
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "mark.svg"))


def sidebar(user: CurrentUser) -> None:
    """Who is signed in, and the button that ends the session (a plain form, so it works without our scripts)."""
    company = f"<span>{escape(user.company)}</span>" if user.company else f"<span>{escape(user.role.capitalize())}</span>"
    st.sidebar.html(
        f'<div class="hl-who"><div><strong>{escape(user.name or user.email)}</strong>{company}</div>'
        '<form method="post" action="/sign-out" target="_self"><button type="submit">Sign out</button></form></div>'
    )
    with st.sidebar:
        popovers.by_keys()


@lru_cache(maxsize=1)
def _style() -> str:
    named = f".stApp {{{theme.variables()}}}\n{theme.badges_at_night()}"
    return f"<style>{named}\n{(STATIC / 'style.css').read_text()}</style>"
