"""Errors in words for the pages: what happened, and what to do now. The one place that words a refusal here."""

import streamlit as st

from core.kit.errors import Forbidden, HotleadsError, NotFound, TooMany, Unavailable

# What to do now, for refusals whose own sentence can't know which page the person is on.
ADVICE = {
    Forbidden: "Go back, or ask an administrator for access.",
    NotFound: "It may have been removed, or the link is old. Go back to the list and open it again.",
    TooMany: "Wait a moment, then try again.",
    Unavailable: "Try again in a minute. If it stays, the Operations page shows which part is down.",
}

# Who acts, where the trail names no person.
ROLES = {
    "system": "The system",
    "public": "The sender",
    "admin": "An administrator",
    "analyst": "An analyst",
    "scientist": "A scientist",
    "provider": "A company",
    "partner": "A partner",
}


def deed(action: str) -> str:
    """An action of the trail as it is read: ``user.role_changed`` as ``User: role changed``."""
    return action.replace(".", ": ").replace("_", " ").capitalize()


def doer(role: str) -> str:
    """Who did it, by role: ``admin`` as ``An administrator``."""
    return ROLES.get(role, role.capitalize())


def sentence(error: HotleadsError) -> str:
    """The refusal for a person: the rule's own sentence, then what to do when it doesn't say."""
    advice = next((text for kind, text in ADVICE.items() if isinstance(error, kind)), "")
    message = error.message.rstrip()
    if advice and not _already_advises(message):
        return f"{message} {advice}"
    return message


def fields(error: HotleadsError) -> str:
    """Each field's own sentence as a list, for forms; what the refusal says already is not said again."""
    return "\n".join(f"- **{name}**: {text}" for name, text in error.fields.items() if text not in error.message)


def show(error: HotleadsError) -> None:
    """Draw the refusal where the content would have been."""
    st.warning("\n\n".join(part for part in (sentence(error), fields(error)) if part), icon=":material/info:")


def whole(error: HotleadsError) -> str:
    """The refusal with what its fields say, in one breath, for the short message after an act."""
    text = sentence(error)
    details = " ".join(detail for detail in error.fields.values() if detail not in text)
    return f"{text} {details}".strip()


def unexpected(code: str) -> None:
    """What a person reads when the page itself failed; the code stands in the log too."""
    st.error(
        "This page could not be drawn. Nothing you did was lost. Reload it; if it happens again, tell an administrator "
        f"the code {code}.",
        icon=":material/error:",
    )


def _already_advises(message: str) -> bool:
    """True when the sentence already ends in something to do (a second sentence)."""
    return message.rstrip(".").count(". ") >= 1
