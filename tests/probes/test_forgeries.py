"""Probes 14 and 15: answers to a form are an object in the database, and forged cookies open nothing."""

import base64
import json
from collections.abc import Callable

import jwt
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, exc, text

from core.accounts.models import User
from core.kit import crypto
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.core.accounts.people import code
from tests.core.leads.world import a_request, a_world
from tests.intake_api.auth.conftest import login, sign_in

Person = Callable[..., User]
SESSION, HALF_WAY = "hotleads_session", "hotleads_half_way"
OWN_PAGE = {"HTTP_ORIGIN": "http://localhost", "HTTP_SEC_FETCH_SITE": "same-origin", "REMOTE_ADDR": "203.0.113.9"}


def test_answers_to_a_form_are_kept_as_an_object(client: FlaskClient, database: Engine) -> None:
    with transaction() as session:
        niche = a_world(session, utc_now()).niche
        slug, wanted = niche.slug, a_request(niche)
    body = {"niche": slug, "contact": wanted.contact, "zip": wanted.zip, "consent": wanted.consent}
    answers = {"property_type": "house", "bedrooms": 3}
    assert client.post("/api/v1/leads", json=body | {"form_data": answers}).status_code == 201
    for text_of_json in (json.dumps(answers), [answers], None):
        assert client.post("/api/v1/leads", json=body | {"form_data": text_of_json}).status_code == 422
    with transaction() as session:
        kept = session.execute(text("select jsonb_typeof(form_data), form_data ->> 'bedrooms', form_data from lead")).all()
        assert kept == [("object", "3", answers)]
    with pytest.raises(exc.IntegrityError), transaction() as session:
        session.execute(text("update lead set form_data = to_jsonb(cast(form_data as text))"))


def forged_sessions(user: User, real: str) -> dict[str, str]:
    """What somebody without the key might send as a session of the user."""
    session_id, signature = real.split(".")
    unsigned = jwt.encode({"sub": str(user.id), "role": "admin", "exp": 9_999_999_999}, key=None, algorithm="none")
    return {
        "no signature": session_id,
        "an empty one": f"{session_id}.",
        "zeros": f"{session_id}." + base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode(),
        "another session's": f"{uuid7().hex}.{signature}",
        "the user's id": f"{user.id.hex}.{signature}",
        "signed for something else": f"{session_id}.{crypto.sign(session_id, purpose='lead-status')}",
        "one sign changed": f"{session_id}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "an unsigned token of another kind": unsigned,
    }


def test_a_forged_session_cookie_is_refused(browser: FlaskClient, person: Person) -> None:
    user = person()
    real = login(browser, user).get_json()["token"]
    who = "/api/v1/auth/me"
    assert browser.get(who).status_code == 200
    for name, forged in forged_sessions(user, real).items():
        browser.set_cookie(SESSION, forged)
        assert browser.get(who).status_code == 401, name
        stranger = browser.application.test_client()
        assert stranger.get(who, headers={"Authorization": f"Bearer {forged}"}).status_code == 401, name
    browser.set_cookie(SESSION, real)
    assert browser.get(who).status_code == 200, "the forgeries did not end the real one"


def test_a_forged_second_factor_cookie_is_refused(browser: FlaskClient, person: Person) -> None:
    """With the right code of somebody's app in hand, but no password: neither their cookie can be made, nor another's used."""
    victim, mine = person(role="admin", second_factor=True), person(second_factor=True)
    sign_in(browser, victim)  # by the victim, elsewhere: the database knows a token of theirs
    with transaction() as session:
        right_code = code(session, victim, utc_now())
        stored = session.execute(text("select encode(token_hash, 'hex') from account_token")).scalar_one()
    browser = browser.application.test_client()
    browser.environ_base |= OWN_PAGE
    sign_in(browser, mine)
    cookie = browser.get_cookie(HALF_WAY, path="/sign-in")
    assert cookie is not None
    edited = ("B" if cookie.value[0] == "A" else "A") + cookie.value[1:]
    for half_way in (cookie.value, edited, cookie.value[:-1], stored, victim.id.hex, victim.email, ""):
        browser.set_cookie(HALF_WAY, half_way, path="/sign-in")
        assert browser.post("/sign-in/second-factor", data={"code": right_code}).location != "/", half_way
        assert browser.get_cookie(SESSION) is None, half_way
        body = {"half_way_token": half_way, "code": right_code}
        assert browser.application.test_client().post("/api/v1/auth/mfa/challenge", json=body).status_code in {401, 403, 404, 422}
    assert browser.get("/api/v1/auth/me").status_code == 401
