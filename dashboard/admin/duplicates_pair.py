"""One pair of requests, field by field: what agrees is said in words, never by colour alone."""

from html import escape
from uuid import UUID

import streamlit as st

from core.leads import ContactView
from core.sourcing import dedupe
from dashboard import navigation
from dashboard.components import figures, pills
from dashboard.components.keys import keys
from dashboard.components.opened import opened
from dashboard.current import act, read
from dashboard.shared.lead import ORIGINS

FIELDS = ("Name", "E-mail", "Phone", "Street", "Unit", "City", "State", "ZIP")
# Which degrees of agreement speak about which line of the table.
_OF_LINE = {
    "Name": ("first", "last", "middle", "suffix", "org"),
    "E-mail": ("email",),
    "Phone": ("phone",),
    "Street": ("number", "street"),
    "Unit": ("unit",),
    "City": ("city",),
    "State": ("state",),
    "ZIP": ("zip",),
}
_WORDS = {
    "same": "Same", "short form": "Short form", "initial": "Initial", "close": "Close", "alike": "Alike", "part": "Partly",
    "somewhat": "Somewhat alike", "box": "Same before the @", "local": "Same without area code", "area": "Same area",
    "one side": "On one side only", "different": "Different",
}  # fmt: skip
_PARTS = {
    "first": "first name",
    "last": "last name",
    "middle": "middle name",
    "suffix": "suffix",
    "number": "number",
    "street": "street",
}
_MARKS = {"Same": "=", "Different": "≠", "On one side only": "·"}


def show(pair: dedupe.PairView, *, following: UUID | None) -> None:
    """Score, verdicts, and the two requests beside each other."""
    with st.container(horizontal=True, vertical_alignment="center", key="pair-verdict"):
        found = "the nightly audit" if pair.found_by == "audit" else "the check of new requests"
        st.markdown(
            f"### {figures.likely(pair.probability)} likely one person\n:gray[{pair.niche}, found by {found}]", anchors=False,
            width="stretch",
        )  # fmt: skip
        _verdicts(pair, following)
    keys(m="merge", k="apart", s="skip")
    first, second = opened("pair", pair.id, lambda: read(dedupe.both_contacts, pair=pair))
    st.html(_table(pair, first, second))
    if first.masked:
        st.caption("Contact data is masked for your role; the column on the right says how far it agrees.")
    _requests(pair)


def _verdicts(pair: dedupe.PairView, following: UUID | None) -> None:
    may_merge = pair.state == "open" and (pair.second.may_be_merged or pair.first.may_be_merged)
    st.button(
        "Merge", key="merge", type="primary", icon=":material/merge:", disabled=not may_merge, on_click=_merge,
        args=(pair, following), help="Key M. The newer request becomes a duplicate of the older one",
    )  # fmt: skip
    st.button(
        "Keep apart", key="apart", icon=":material/call_split:", disabled=pair.state != "open", on_click=_apart,
        args=(pair, following), help="Key K. These two are not asked about again",
    )  # fmt: skip
    st.button(
        "Skip", key="skip", icon=":material/skip_next:", disabled=following is None, on_click=_open, args=(following,),
        help="Key S",
    )  # fmt: skip


def _table(pair: dedupe.PairView, first: ContactView, second: ContactView) -> str:
    sides = (values(first), values(second))
    rows = "".join(
        f'<tr><th scope="row">{line}</th>{cell(a)}{cell(b)}<td>{_agreement(pair, line)}</td></tr>'
        for line, a, b in zip(FIELDS, *sides, strict=True)
        if a or b
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Field", "Older request", "Newer request", "Agreement"))
    return f'<div class="hl-twins"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def cell(value: str) -> str:
    """One value of the table."""
    return f"<td>{escape(value) or '–'}</td>"


def values(view: ContactView) -> tuple[str, ...]:
    """Contact data line by line, as ``FIELDS`` names them."""
    return view.name, view.email, figures.phone(view.phone) or "", view.street, view.unit, view.city, view.state, view.zip


def _agreement(pair: dedupe.PairView, line: str) -> str:
    """Degrees in words, each with a sign of its own: ``= Same``, ``≈ Close``, ``≠ Different``."""
    known = [(part, _WORDS.get(pair.degrees[part], pair.degrees[part])) for part in _OF_LINE[line] if part in pair.degrees]
    if not known:
        return "· Not compared"
    words = {word for _, word in known}
    if len(words) == 1:
        return _marked(words.pop())
    return "<br>".join(f"{_marked(word)} <small>{_PARTS.get(part, part)}</small>" for part, word in known)


def _marked(word: str) -> str:
    kind = {"Same": "same", "Different": "differs"}.get(word, "near")
    return f'<span class="hl-twins-{kind}">{_MARKS.get(word, "≈")} {word}</span>'


def _requests(pair: dedupe.PairView) -> None:
    for side, name, column in zip((pair.first, pair.second), ("Older", "Newer"), st.columns(2), strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{name} request** {pills.pill(side.status)}")
            st.caption(f"{ORIGINS.get(side.source, side.source)}, {figures.ago(side.submitted_at)}")
            st.page_link(navigation.target("leads"), label="Open the request", query_params={"lead": str(side.lead_id)})


def _merge(pair: dedupe.PairView, following: UUID | None) -> None:
    newer, older = (pair.second, pair.first) if pair.second.may_be_merged else (pair.first, pair.second)
    said = "Merged. It can be split under Decided."
    done = act(dedupe.merge, lead_id=newer.lead_id, into_id=older.lead_id, probability=pair.probability, said=said)
    if done is not None:
        _open(following)


def _apart(pair: dedupe.PairView, following: UUID | None) -> None:
    if act(dedupe.keep_apart, pair_id=pair.id, said="Kept apart. It can be taken back under Decided.") is not None:
        _open(following)


def _open(pair_id: UUID | None) -> None:
    if pair_id is None:
        st.query_params.pop("pair", None)
    else:
        st.query_params["pair"] = str(pair_id)
