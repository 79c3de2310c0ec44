"""The verdicts on one report: approve, credit everybody, reject, skip; each with the words the company reads (SPEC 7.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import streamlit as st

from core import returns
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures
from dashboard.components.keys import keys
from dashboard.components.rail import row_after
from dashboard.components.verbatim import verbatim
from dashboard.current import attempt
from dashboard.live import say

# A start for the words, by reason; every one is read by the company, so each can be changed before it is sent.
UPHELD = {
    "spam": "We looked at the request and agree: it is not a serious one.",
    "duplicate": "You had bought this person's request before.",
    "invalid_contact": "We checked the contact data: this person can't be reached by it.",
    "out_of_scope": "The lead does not fit what you asked for.",
    "other": "",
}
REJECTED = {
    "spam": "We looked at the request and found nothing that makes it spam.",
    "duplicate": "We found no other request of this person among your leads.",
    "invalid_contact": "The address was confirmed, and nothing we know speaks against the phone number.",
    "out_of_scope": "The lead fits the filter and the areas of your subscription.",
    "other": "",
}


@dataclass(frozen=True, slots=True)
class _Choice:
    """One verdict: its button, what follows, and the verb."""

    label: str
    title: str
    follows: str
    said: str
    start: dict[str, str]


CHOICES = {
    "approve": _Choice("Approve and credit", "Uphold this report", "{price} goes back to {company}.", "Credited.", UPHELD),
    "class_credit": _Choice(
        "Credit every buyer",
        "Credit everybody who holds this lead",
        "{holders} get their price back and are told why. The lead is taken off sale.",
        "Every buyer was credited.",
        UPHELD,
    ),
    "reject": _Choice("Reject the report", "Reject this report", "The lead stays paid for.", "Rejected.", REJECTED),
}


def verdicts(file: returns.Evidence, queue: list[UUID], *, may_decide: bool) -> None:
    """The buttons with their keys; a verdict asks for its words once."""
    following = row_after(file.id, queue)
    waits = may_decide and file.status in returns.OPEN
    suggested = file.suggestion.verdict if file.suggestion else "look"
    _button("Approve", "approve", "A", file, waits, suggested, icon="check")
    _button("Credit all", "class_credit", "C", file, waits and bool(file.others), suggested, icon="groups")
    _button("Reject", "reject", "R", file, waits, suggested, icon="block")
    st.button(
        "Skip",
        key="skip",
        icon=":material/skip_next:",
        help="Key S",
        disabled=following is None,
        on_click=_open,
        args=(following,),
    )
    keys(a="approve", c="class_credit", r="reject", s="skip")
    asked: tuple[UUID, str] | None = st.session_state.get("deciding")
    if waits and asked and asked[0] == file.id:
        _words(file, asked[1], following)


def _button(label: str, verb: str, key: str, file: returns.Evidence, able: bool, suggested: str, *, icon: str) -> None:
    st.button(
        label,
        key=verb,
        type="primary" if suggested == verb else "secondary",
        icon=f":material/{icon}:",
        help=f"Key {key}" + (". Suggested by the evidence" if suggested == verb else ""),
        disabled=not able,
        on_click=_ask,
        args=(file.id, verb),
    )


def _ask(claim_id: UUID, verb: str) -> None:
    st.session_state["deciding"] = (claim_id, verb)


def _closed() -> None:
    st.session_state.pop("deciding", None)


@st.dialog("Your answer", on_dismiss=_closed)
def _words(file: returns.Evidence, verb: str, following: UUID | None) -> None:
    choice = CHOICES[verb]
    holders = figures.count(1 + len(file.others), "company", "companies")
    st.markdown(f"**{choice.title}**")
    st.write(choice.follows.format(price=figures.money(file.price_cents), company=verbatim(file.company), holders=holders))
    if file.appealed_at:
        st.caption("This answers an appeal: it is final.")
    with st.form("answer", border=False):
        start = choice.start.get(file.reason, "")
        memo = st.text_area("What the company reads", start, max_chars=1000, height=130, key=f"memo-{verb}-{file.id}")
        if st.form_submit_button(choice.label, type="primary"):
            _decide(file, verb, memo or "", following)


def _decide(file: returns.Evidence, verb: str, memo: str, following: UUID | None) -> None:
    given: dict[str, Any] = {"lead_id": file.lead_id} if verb == "class_credit" else {"claim_id": file.id}
    verbs: dict[str, Callable[..., object]] = {
        "approve": returns.approve,
        "class_credit": returns.class_credit,
        "reject": returns.reject,
    }
    done = attempt(verbs[verb], memo=memo, **given)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say(CHOICES[verb].said)
    _open(following)
    st.rerun()


def _open(claim_id: UUID | None) -> None:
    st.session_state.pop("deciding", None)
    if claim_id is None:
        st.query_params.pop("claim", None)
    else:
        st.query_params["claim"] = str(claim_id)
