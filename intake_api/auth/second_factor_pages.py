"""``/second-factor``: set up the phone, see the recovery codes once, renew them, or switch it off (SPEC 1.5)."""

from flask import Blueprint, Response

from core import accounts
from core.kit import clock
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from core.kit.tenant import acting
from intake_api.auth import cookies
from intake_api.auth.fields import form, limit_login
from intake_api.auth.pages import go, page, refused
from intake_api.errors import SignInRequired

blueprint = Blueprint("second_factor_pages", __name__, url_prefix="/second-factor")


@blueprint.get("")
def second_factor() -> Response:
    """The QR code for those without a second factor, its state for those who have one."""
    try:
        return _shown()
    except SignInRequired:
        return go("/sign-in?next=/second-factor")


@blueprint.post("")
def confirm() -> Response:
    """Switch it on with the first code; the answer is the only time the recovery codes are shown."""
    try:
        with transaction() as session:
            view = cookies.person(session)
            enrolled = accounts.confirm_totp(session, actor=view.actor, code=form("code"), now=clock.utc_now())
    except SignInRequired:
        return go("/sign-in?next=/second-factor")
    except accounts.TotpConfirmed:
        return go("/second-factor")
    except HotleadsError as error:
        return _shown(error)
    return cookies.hand_out(page("recovery_codes", codes=enrolled.recovery_codes, first=True), enrolled.signed_in)


@blueprint.post("/codes")
def renew() -> Response:
    """Ten new recovery codes."""
    try:
        view = _asked_again()
        with acting(view.actor) as session:
            codes = accounts.renew_recovery_codes(session, actor=view.actor, code=form("code"), now=clock.utc_now())
    except SignInRequired:
        return go("/sign-in?next=/second-factor")
    except HotleadsError as error:
        return _shown(error, about="codes")
    return page("recovery_codes", codes=codes, first=False)


@blueprint.post("/off")
def switch_off() -> Response:
    """Providers may do without."""
    try:
        view = _asked_again()
        with acting(view.actor) as session:
            accounts.disable_totp(session, actor=view.actor, code=form("code"), now=clock.utc_now())
    except SignInRequired:
        return go("/sign-in?next=/second-factor")
    except HotleadsError as error:
        return _shown(error, about="off")
    return go("/second-factor")


def _asked_again() -> accounts.SessionView:
    """The person, limited like a sign-in: these forms could be used to guess codes."""
    with transaction() as session:
        view = cookies.person(session)
    limit_login(view.email)
    return view


def _shown(error: HotleadsError | None = None, *, about: str = "") -> Response:
    now = clock.utc_now()
    with transaction() as session:
        view = cookies.person(session)
        if view.second_factor:
            left = accounts.recovery_codes_left(session, actor=view.actor)
            template, context = "second_factor", {"view": view, "left": left, "about": about}
        else:
            enrolment = accounts.start_totp(session, actor=view.actor, now=now)
            template, context = "enrol", {"view": view, "enrolment": enrolment}
    return refused(template, error, **context) if error else page(template, **context)
