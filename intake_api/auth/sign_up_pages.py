"""``/sign-up``: a company registers (SPEC 1.3)."""

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from core import markets, niches, providers
from core.kit import clock
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from intake_api.auth.fields import form, form_ids
from intake_api.auth.pages import go, page, refused
from intake_api.context import client_ip, limit_by_ip

blueprint = Blueprint("sign_up_pages", __name__, url_prefix="/sign-up")
KEPT = ("company_name", "full_name", "email")  # a password is never sent back


@blueprint.get("")
def sign_up() -> Response:
    """The form."""
    with transaction() as session:
        choices = _choices(session)
    return page("sign_up", chosen=set(), **choices)


@blueprint.post("")
def sign_up_now() -> Response:
    """Register; the next page is the same when the address has an account already."""
    niche_ids, market_ids = form_ids("niche_ids"), form_ids("market_ids")
    try:
        limit_by_ip("account.anonymous")
        with transaction() as session:
            providers.register(
                session,
                company_name=form("company_name"),
                email=form("email"),
                password=form("password"),
                full_name=form("full_name"),
                niche_ids=niche_ids,
                market_ids=market_ids,
                terms_accepted=form("terms_accepted") == "yes",
                now=clock.utc_now(),
                ip=client_ip(),
            )
            limit_by_ip("register")  # counts what would be registered, not what was mistyped
    except HotleadsError as error:
        with transaction() as session:
            choices = _choices(session)
        typed = {name: form(name) for name in KEPT} | {"terms_accepted": "terms_accepted" in request.form}
        return refused("sign_up", error, typed=typed, chosen={*niche_ids, *market_ids}, **choices)
    return go("/sign-up/check-your-mail")


@blueprint.get("/check-your-mail")
def check_your_mail() -> Response:
    """What happens next, and how to get another link."""
    return page("check_mail")


def _choices(session: Session) -> dict[str, object]:
    return {
        "niches": niches.list_niches(session, open_only=True),
        "markets": markets.all_markets(session, open_only=True),
    }
