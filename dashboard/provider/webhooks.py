"""Webhooks of a company: where its programs are called, how that goes, and trying it again (SPEC 7.7)."""

from uuid import UUID

import streamlit as st

from core import delivery
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.opened import param_id
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, act, attempt, read, zone_of_browser
from dashboard.live import again, fragment, say
from dashboard.provider.webhook_form import form

_SECRET = "fresh-webhook-secret"
STATES = {"waiting": "Waiting", "delivered": "Delivered", "failed": "Failed", "cancelled": "Cancelled"}


@fragment
def webhooks(user: CurrentUser) -> None:
    """The endpoints, the opened one's log below, and the form for another."""
    _secret()
    found = read(delivery.list_endpoints)
    if not found:
        page.empty("No webhooks", "Your CRM can be told of each lead the moment it is yours.", icon="webhook")
    for endpoint in found:
        _endpoint(endpoint, owner=user.owner)
    opened = next((one for one in found if one.id == param_id("webhook")), None)
    if opened:
        _log(opened.id)
    if not user.owner:
        st.caption("An owner of your company adds and changes webhooks.")
        return
    with st.expander("Add a webhook", icon=":material/add:"):
        _add()


def _secret() -> None:
    secret = st.session_state.get(_SECRET)
    if secret:
        with st.container(border=True):
            st.success(
                "Your receiver checks our calls with this secret. Copy it now; it is not shown again.", icon=":material/key:"
            )
            st.code(secret, language=None, wrap_lines=True)
            st.button("I have copied it", key="copied-secret", on_click=st.session_state.pop, args=(_SECRET,))


def _endpoint(endpoint: delivery.EndpointView, *, owner: bool) -> None:
    with st.container(border=True):
        kind = delivery.KINDS[endpoint.kind].title  # type: ignore[index]
        told = f"{kind}, `{endpoint.url}`, {', '.join(endpoint.events)}"
        st.markdown(f"**{verbatim(endpoint.name)}** {_state(endpoint)}  \n:gray[{told}]")
        if endpoint.stopped_reason:
            st.warning(f"We stopped calling it: {endpoint.stopped_reason} Switch it on when it works, then send what failed.")
        elif endpoint.failing_since and endpoint.calls_from:
            since, until = figures.ago(endpoint.failing_since), figures.exact(endpoint.calls_from, zone_of_browser())
            st.caption(f"It has taken nothing since {since}. We call it again at {until}; nothing is lost.")
        with st.container(horizontal=True):
            st.button("Log", key=f"log-{endpoint.id}", on_click=_open, args=(endpoint.id,), icon=":material/list:")
            st.button("Send a test", key=f"test-{endpoint.id}", on_click=_test, args=(endpoint.id,), icon=":material/send:")
            st.button("Send what failed", key=f"replay-{endpoint.id}", on_click=_replay_failed, args=(endpoint.id,))
            if owner:
                _owned(endpoint)
        if owner:
            with st.expander("Change it"):
                changed = form(endpoint)
                if changed and _saved(delivery.edit_endpoint, endpoint_id=endpoint.id, **changed):
                    say("The webhook is saved.")
                    again()


def _owned(endpoint: delivery.EndpointView) -> None:
    word = "Switch off" if endpoint.active else "Switch on"
    st.button(word, key=f"switch-{endpoint.id}", on_click=_switch, args=(endpoint.id, not endpoint.active))
    st.button("New secret", key=f"secret-{endpoint.id}", on_click=_rotate, args=(endpoint.id,))
    confirm_button(
        "Remove",
        will=f"{endpoint.name} is not called any more. Leads go on arriving in the inbox and by e-mail.",
        verb=f"Remove {endpoint.name}",
        key=f"remove-{endpoint.id}",
        on_confirm=_remove,
        args=(endpoint.id, endpoint.name),
    )


def _state(endpoint: delivery.EndpointView) -> str:
    if not endpoint.active:
        return pills.pill("failed" if endpoint.stopped_reason else "paused", "Stopped" if endpoint.stopped_reason else "Off")
    return pills.pill("failed", "Failing") if endpoint.failures else pills.pill("active", "On")


@fragment(run_every=5)
def _log(endpoint_id: UUID) -> None:
    page.section("Log", "What was sent, newest first. Contact data is taken out of the answers.")
    rows = read(delivery.deliveries, endpoint_id=endpoint_id, limit=25)
    if not rows:
        page.empty("Nothing sent yet", "It fills with your next lead, or when you send a test.", icon="send")
        return
    chosen = tables.table(
        [
            {
                "at": row.created_at,
                "event": row.event,
                "state": STATES[row.state],
                "calls": row.attempts,
                "answer": str(row.status or "") if row.problem is None else row.problem,
                "ms": row.milliseconds,
            }
            for row in rows
        ],
        {
            "at": tables.time("When"),
            "event": tables.text("Event"),
            "state": tables.text("State"),
            "calls": tables.number("Calls"),
            "answer": tables.text("Latest answer", width="large"),
            "ms": tables.number("Milliseconds"),
        },
        key=f"deliveries-{endpoint_id}",
        opens=True,
    )
    if chosen:
        _attempts(endpoint_id, rows[chosen[0]])


def _attempts(endpoint_id: UUID, row: delivery.DeliveryView) -> None:
    for call in read(delivery.attempts_of, endpoint_id=endpoint_id, delivery_id=row.id):
        when, how = figures.exact(call.at, zone_of_browser()), call.problem or f"taken ({call.status})"
        st.markdown(f":gray[{when}, {call.milliseconds} ms: {how}]")
        if call.answer:
            st.code(call.answer, language=None, wrap_lines=True)
    if row.state != "waiting":
        st.button("Send it again", key=f"again-{row.id}", on_click=_replay, args=(endpoint_id, row.id))


def _add() -> None:
    wanted = form(None)
    made = _saved(delivery.add_endpoint, **wanted) if wanted else None
    if made:
        st.session_state[_SECRET] = made.secret
        again()


def _saved(verb: object, **given: object) -> object:
    done = attempt(verb, **given)  # type: ignore[arg-type, var-annotated]
    if isinstance(done, HotleadsError):
        wording.show(done)
        return None
    return done


def _open(endpoint_id: UUID) -> None:
    st.query_params["webhook"] = str(endpoint_id)


def _test(endpoint_id: UUID) -> None:
    _open(endpoint_id)
    act(delivery.test_send, endpoint_id=endpoint_id, said="A sample is on its way. The log shows the answer.")


def _replay(endpoint_id: UUID, delivery_id: UUID) -> None:
    act(delivery.replay, endpoint_id=endpoint_id, delivery_id=delivery_id, said="It is on its way again.")


def _replay_failed(endpoint_id: UUID) -> None:
    many = act(delivery.replay_failed, endpoint_id=endpoint_id)
    if many is not None:
        say(
            f"{figures.count(many, 'delivery', 'deliveries')} on the way again."
            if many
            else "Nothing failed that was not sent since."
        )


def _switch(endpoint_id: UUID, active: bool) -> None:
    said = "It is called again from now on." if active else "It is not called any more."
    act(delivery.switch_endpoint, endpoint_id=endpoint_id, active=active, said=said)


def _rotate(endpoint_id: UUID) -> None:
    made = act(delivery.rotate_secret, endpoint_id=endpoint_id, said="The old secret signs beside the new one for 24 hours.")
    if made is not None:
        st.session_state[_SECRET] = made.secret


def _remove(endpoint_id: UUID, name: str) -> None:
    act(delivery.remove_endpoint, endpoint_id=endpoint_id, said=f"{name} is removed.")
