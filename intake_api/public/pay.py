"""The way to a gateway's page and back from it. Links are signed: no sign-in is needed, and none can be guessed.

Opening the link asks the gateway for its page and goes there; money moves only on that page, and what came of it is
told by a signed webhook, not by the return (SPEC 6.2).
"""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from core import payments
from core.kit import clock
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.money import format_usd
from intake_api.context import limit_by_ip

blueprint = Blueprint("pay", __name__, url_prefix="/pay")


@blueprint.get("/<uuid:deposit_id>")
def go(deposit_id: UUID) -> Response:
    """Off to the gateway; the gateway is asked between two transactions."""
    limit_by_ip("pay")
    with transaction() as session:
        asked = payments.opening(session, deposit_id=deposit_id, key=_key())
        gateway = payments.gateway_of(session, deposit_id)
    if isinstance(asked, payments.Opened):
        return redirect(asked.url, 303)
    opened = payments.open_payment(gateway, asked)
    with transaction() as session:
        payments.note_opened(session, deposit_id=deposit_id, opened=opened, now=clock.utc_now())
    return redirect(opened.url, 303)


@blueprint.get("/<uuid:deposit_id>/done")
def done(deposit_id: UUID) -> str:
    """Back from paying: what is known by now. The page looks again by itself while the gateway has not told us."""
    return _state(deposit_id, cancelled=False)


@blueprint.get("/<uuid:deposit_id>/cancelled")
def cancelled(deposit_id: UUID) -> str:
    """Back without paying: nothing was charged, and it can be tried again."""
    return _state(deposit_id, cancelled=True)


def _state(deposit_id: UUID, *, cancelled: bool) -> str:
    with transaction() as session:
        deposit = payments.state_by_link(session, deposit_id=deposit_id, key=_key())
        return render_template(
            "public/deposit.html",
            status=deposit.status,
            cancelled=cancelled,
            amount=format_usd(deposit.amount_cents),
            bonus=format_usd(deposit.bonus_cents) if deposit.bonus_cents else "",
            reason=deposit.failure,
            again=payments.pay_url(deposit_id),
            wallet=f"{settings().base_url}/wallet",
        )


def _key() -> str:
    return request.args.get("key", "")
