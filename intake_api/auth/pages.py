"""What the account pages share: answers that keep what was typed, and a safe way back."""

import re
from typing import Any

from flask import Response, make_response, redirect, render_template, request

from core.kit.errors import HotleadsError, TooMany
from intake_api.errors import status_of

# A path of ours: one slash, then anything a browser can't read as another host.
_OURS = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """One of the account pages."""
    given: dict[str, Any] = {"error": None, "fields": {}, "typed": {}}
    response = make_response(render_template(f"auth/{template}.html", **(given | context)))
    response.status_code = status
    return response


def refused(template: str, error: HotleadsError, **context: Any) -> Response:
    """The same page again, with what was typed and what to do about it."""
    response = page(template, status=status_of(error), error=error, fields=error.fields, **context)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def go(path: str) -> Response:
    """On to another page, as a GET."""
    response = redirect(path, code=303)
    return make_response(response)


def way_back() -> str:
    """Where the visitor wanted to go, from ``next``; the front of the app when it is not a path of ours."""
    wanted = request.values.get("next", "")
    return wanted if len(wanted) <= 500 and _OURS.fullmatch(wanted) else "/"
