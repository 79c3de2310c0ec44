"""Parts of a page that run on their own, and the short messages that follow an act.

A callback runs before its fragment and must not draw: what it drew would replace the top of the page. So messages
are noted in the session and spoken at the end of the part that runs next.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

import streamlit as st
from streamlit.errors import StreamlitAPIException

F = TypeVar("F", bound=Callable[..., None])
SLOT = "said"


def say(text: str, *, bad: bool = False) -> None:
    """Note a message; it appears when the part of the page that runs now has been drawn."""
    st.session_state.setdefault(SLOT, []).append((text, bad))


def speak() -> None:
    """Show what was noted."""
    for text, bad in st.session_state.pop(SLOT, ()):
        st.toast(text, icon=":material/error:" if bad else ":material/check:", duration="long" if bad else "short")


@overload
def fragment(part: F, /) -> F: ...


@overload
def fragment(*, run_every: float) -> Callable[[F], F]: ...


def fragment(part: F | None = None, *, run_every: float | None = None) -> F | Callable[[F], F]:
    """``st.fragment`` that speaks at its end; ``run_every`` seconds makes it live."""

    def made(func: F) -> F:
        @wraps(func)
        def shown(*args: Any, **arguments: Any) -> None:
            func(*args, **arguments)
            speak()

        return cast(F, st.fragment(shown, run_every=run_every))

    return made(part) if part is not None else made


def again() -> None:
    """Draw this part anew; the whole page when it is the whole page that runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
