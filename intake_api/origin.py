"""Only our own pages may act with a visitor's session (CSRF), besides SameSite on the cookie."""

from urllib.parse import urlsplit

from flask import request

from core.kit.config import settings
from intake_api.context import session_cookie
from intake_api.errors import ForeignOrigin

SAFE = {"GET", "HEAD", "OPTIONS"}
# What a foreign page can send without asking first (CORS "simple" requests).
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""}


def check_origin() -> None:
    """Refuse a mutating request that comes from another site, or that uses the cookie and can't say where from.

    Browsers say it in ``Sec-Fetch-Site`` and ``Origin``. ``Authorization: Bearer`` can't be sent by a foreign
    page, so it is exempt, and so are programs without a cookie. ``Basic`` is not: a browser that signed in to a proxy
    in front of us sends that along by itself.
    """
    if request.method in SAFE or request.headers.get("Authorization", "").lower().startswith("bearer "):
        return
    with_cookie = session_cookie() is not None
    ours = _says_ours()
    if ours is False and (with_cookie or request.mimetype in FORM_TYPES):
        raise ForeignOrigin("origin.foreign", "This request came from another site and was not carried out.")
    if ours is None and with_cookie:
        raise ForeignOrigin("origin.unknown", "This request does not say which page it came from, so it was not carried out.")


def _says_ours() -> bool | None:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    return urlsplit(origin).netloc in {request.host, urlsplit(settings().base_url).netloc}
