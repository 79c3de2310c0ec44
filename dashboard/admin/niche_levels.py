"""Competition levels of a niche: price, recipients, order, on or off (SPEC 4.1)."""

from uuid import UUID

import streamlit as st

from core import niches
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from core.niches import LevelView, NicheView
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.components.confirm import confirm_button
from dashboard.current import act, attempt, read
from dashboard.live import again, say


def levels(niche: NicheView, *, may_edit: bool) -> None:
    """The levels in their order, each with its own form; a new one at the end."""
    found = read(niches.levels_of, niche_id=niche.id)
    st.caption("Every request starts at the next active level in this order, then walks on in a circle.")
    if not found:
        page.empty("No levels yet", "Without an active level nothing of this niche is distributed.", icon="stairs")
    for level in found:
        _level(level, [other.id for other in found], may_edit=may_edit)
    if may_edit:
        with st.expander("Add a level", expanded=not found), st.form(f"new-level-{niche.id}", border=False):
            values = _fields(None, key="new")
            if st.form_submit_button("Add the level", type="primary"):
                _save(niches.create_level, {"niche_id": niche.id}, values, f"{values['name']} is added.")


def _level(level: LevelView, order: list[UUID], *, may_edit: bool) -> None:
    with st.container(border=True, key=f"level-{level.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            state = "" if level.active else pills.tag("Off", icon="toggle_off")
            shared = "to one company alone" if level.exclusive else f"to at most {level.max_recipients}"
            st.markdown(
                f"**{level.position}. {level.name}** {state}  \n:gray[{figures.money(level.price_cents)} a lead, {shared}]",
                width="stretch",
            )
            if may_edit:
                _buttons(level, order)
        if level.description:
            st.caption(level.description)
        if level.next_price_cents is not None:
            _announced(level, may_edit=may_edit)
        if may_edit:
            with st.expander("Edit"):
                _edit(level)


TURNS = {"longest_wait": "Longest wait first", "largest_deficit": "Largest deficit first"}


def _buttons(level: LevelView, order: list[UUID]) -> None:
    at = order.index(level.id)
    for icon, step, words in (("arrow_upward", -1, "Earlier"), ("arrow_downward", 1, "Later")):
        st.button(
            "",
            icon=f":material/{icon}:",
            help=words,
            key=f"{icon}-{level.id}",
            type="tertiary",
            disabled=not 0 <= at + step < len(order),
            on_click=_move,
            args=(level.niche_id, order, at, step),
        )
    if level.active:
        confirm_button(
            "Switch off",
            will="Nothing is sold at this level and its subscriptions stand still. They go on when it is switched on again.",
            verb=f"Switch {level.name} off",
            key=f"off-{level.id}",
            on_confirm=_set_active,
            args=(level.id, False),
        )
    else:
        st.button("Switch on", key=f"on-{level.id}", on_click=_set_active, args=(level.id, True))


def _announced(level: LevelView, *, may_edit: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":orange[:material/schedule: {figures.money(level.next_price_cents)} from {figures.exact(level.next_price_at)}.] "
            "Subscribers were told.",
            width="stretch",
        )
        if may_edit:
            st.button("Take it back", key=f"keep-{level.id}", on_click=_keep_price, args=(level.id,))


def _edit(level: LevelView) -> None:
    with st.form(f"edit-{level.id}", border=False):
        values = _fields(level, key=str(level.id))
        values["rotation"] = st.segmented_control(
            "Whose turn it is",
            list(TURNS),
            default=level.rotation,
            format_func=TURNS.__getitem__,
            key=f"rotation-{level.id}",
            help="The longest wait is fair among companies that want the same. The largest deficit makes up for leads that "
            "filters and areas sent elsewhere; it is settled by the hour.",
            required=True,
        )
        st.caption("A lower price holds at once. A higher one is announced to subscribers first.")
        if st.form_submit_button("Save the level", type="primary"):
            _save(niches.edit_level, {"level_id": level.id}, values, "The level is saved.")
    confirm_button(
        "Delete",
        will="Only a level that nobody ever used can be deleted. Switch it off instead to keep its history.",
        verb=f"Delete {level.name}",
        key=f"delete-{level.id}",
        on_confirm=_delete,
        args=(level.id,),
    )


def _fields(level: LevelView | None, *, key: str) -> dict[str, object]:
    left, right = st.columns(2)
    with left:
        name = st.text_input("Name", level.name if level else "", max_chars=100, key=f"name-{key}")
        price = st.text_input(
            "Price of a lead", figures.money(level.price_cents) if level else "", key=f"price-{key}", placeholder="$25.00"
        )
    with right:
        most = st.number_input("Most companies", 1, 100, level.max_recipients if level else 3, key=f"most-{key}")
        exclusive = st.toggle("Exclusive: sold once, to one company", level.exclusive if level else False, key=f"exclusive-{key}")
    about = st.text_input("What providers read about it", level.description if level else "", max_chars=1000, key=f"about-{key}")
    return {"name": name or "", "price": price or "", "max_recipients": most, "exclusive": exclusive, "description": about or ""}


def _save(verb: object, named: dict[str, object], values: dict[str, object], said: str) -> None:
    try:
        cents = parse_usd(str(values.pop("price")), field="price_cents")
    except HotleadsError as error:
        wording.show(error)
        return
    saved = attempt(verb, **named, **values, price_cents=cents)  # type: ignore[arg-type]
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say(said)
    again()


def _move(niche_id: UUID, order: list[UUID], at: int, step: int) -> None:
    moved = list(order)
    moved[at], moved[at + step] = moved[at + step], moved[at]
    act(niches.reorder_levels, niche_id=niche_id, level_ids=moved)


def _set_active(level_id: UUID, active: bool) -> None:
    act(niches.activate_level if active else niches.deactivate_level, level_id=level_id, said="On." if active else "Off.")


def _keep_price(level_id: UUID) -> None:
    act(niches.cancel_price_change, level_id=level_id, said="The price stays. Subscribers are told.")


def _delete(level_id: UUID) -> None:
    act(niches.delete_level, level_id=level_id, said="Deleted.")
