"""The way out of a kind of mail: the link shows a button, the press acts; mail programs press it in one click."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from core import messaging
from core.kit import clock
from core.kit.db import transaction
from intake_api.context import client_ip, limit_by_ip

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get("/mail")
def moved() -> Response:
    """Where the page of all mail was before it became Messages."""
    query = request.query_string.decode("ascii", "ignore")
    return redirect("/messages" + (f"?{query}" if query else ""), 301)


@blueprint.get("/mail/unsubscribe/<code>")
def ask(code: str) -> str:
    """What would end, and the button; opening the link changes nothing (SPEC 2.4)."""
    _, template = messaging.mail_of_code(code)
    return render_template("public/unsubscribe.html", code=code, kind=messaging.kind_of_mail(template), state="asked")


@blueprint.post("/mail/unsubscribe/<code>")
def end(code: str) -> str:
    """End mail of this kind, or take that back; mail programs send ``List-Unsubscribe=One-Click`` (RFC 8058)."""
    limit_by_ip("confirm")
    undo = request.form.get("act") == "undo"
    with transaction() as session:
        verb = messaging.opt_in if undo else messaging.opt_out
        kind = verb(session, code=code, now=clock.utc_now(), ip=client_ip())
    return render_template("public/unsubscribe.html", code=code, kind=kind, state="undone" if undo else "ended")
