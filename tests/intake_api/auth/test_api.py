"""Accounts over JSON (SPEC 1.2-1.7, CONTRACTS)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from core import accounts
from core.accounts.models import User
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.builders import a_market, a_niche
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, code, letters, links
from tests.intake_api.auth.conftest import login

AUTH = "/api/v1/auth"
Person = Callable[..., User]


def mailed(user: User, template: str) -> str:
    with transaction() as session:
        return links(session, user.id, template)[0]


def test_a_session_by_bearer_token_lives_and_dies(client: FlaskClient, person: Person) -> None:
    user = person()
    answer = login(client, user)
    body = answer.get_json()
    assert answer.status_code == 200 and body["user"] == {"id": str(user.id), "role": "provider"}
    assert datetime.fromisoformat(body["expires_at"]) > utc_now()

    program = client.application.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {body['token']}"}
    me = program.get(f"{AUTH}/me", headers=bearer).get_json()
    assert (me["email"], me["role"], me["owner"], me["must_enroll"]) == (user.email, "provider", True, False)
    assert program.get(f"{AUTH}/me").status_code == 401
    assert program.post(f"{AUTH}/logout", headers=bearer).status_code == 200
    gone = program.get(f"{AUTH}/me", headers=bearer)
    assert gone.status_code == 401 and gone.get_json()["error"]["code"] == "access.sign_in"


def test_the_cookie_is_http_only_and_lax(browser: FlaskClient, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    user = person()

    def cookie() -> str:
        (header,) = [h for h in login(browser, user).headers.getlist("Set-Cookie") if h.startswith(accounts.SESSION_COOKIE)]
        return header

    plain = cookie()
    assert all(part in plain for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"))
    assert "Secure" not in plain, "plain http on loopback"
    monkeypatch.setenv("HOTLEADS_PUBLIC_URL", "https://hotleads.example")
    config.settings.cache_clear()
    assert "Secure" in cookie()


def test_wrong_sign_ins_answer_alike(client: FlaskClient, person: Person) -> None:
    user = person()
    answers = [
        client.post(f"{AUTH}/login", json={"email": email, "password": "wrong wrong wrong"})
        for email in (user.email, "nobody@example.com", "not an address")
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert len({answer.get_json()["error"]["message"] for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_second_factor_over_json(browser: FlaskClient, person: Person) -> None:
    user = person(role="admin", second_factor=True)
    half = login(browser, user).get_json()
    assert half["mfa_required"] is True and "token" not in half
    wrong = browser.post(f"{AUTH}/mfa/challenge", json={"half_way_token": half["half_way_token"], "code": "abc"})
    assert wrong.status_code == 422 and "Tries left: 4." in wrong.get_json()["error"]["fields"]["code"]
    with transaction() as session:
        shown = code(session, user, utc_now())
    done = browser.post(f"{AUTH}/mfa/challenge", json={"half_way_token": half["half_way_token"], "code": shown})
    assert done.status_code == 200 and done.get_json()["user"]["role"] == "admin"
    again = browser.post(f"{AUTH}/mfa/challenge", json={"half_way_token": half["half_way_token"], "code": shown})
    assert again.status_code == 401


def test_wrong_codes_are_counted_although_they_are_errors(client: FlaskClient, person: Person) -> None:
    half = login(client, person(role="admin", second_factor=True)).get_json()["half_way_token"]
    tries = [client.post(f"{AUTH}/mfa/challenge", json={"half_way_token": half, "code": "1"}).status_code for _ in range(6)]
    assert tries == [422] * 5 + [401]


def test_enrolling_over_json(client: FlaskClient, person: Person) -> None:
    user = person(role="scientist")
    token = login(client, user).get_json()["token"]
    program = client.application.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get(f"{AUTH}/me", headers=bearer).get_json()["must_enroll"] is True
    secret = program.post(f"{AUTH}/mfa/enroll", headers=bearer).get_json()["secret"]
    done = program.post(f"{AUTH}/mfa/verify", json={"code": pyotp.TOTP(secret).now()}, headers=bearer).get_json()
    assert len(done["recovery_codes"]) == 10 and done["must_enroll"] is False
    assert program.get(f"{AUTH}/me", headers=bearer).status_code == 401, "the old session has gone"
    fresh = {"Authorization": f"Bearer {done['token']}"}
    assert program.get(f"{AUTH}/me", headers=fresh).get_json()["second_factor"] is True
    assert program.post(f"{AUTH}/mfa/disable", json={"code": "1"}, headers=fresh).status_code == 403
    wrong = program.post(f"{AUTH}/mfa/recovery-codes", json={"code": "1"}, headers=fresh)
    assert wrong.status_code == 422 and "code" in wrong.get_json()["error"]["fields"]


def test_nobody_gets_in_without_a_session(client: FlaskClient) -> None:
    body = {"code": "1", "current_password": "x", "password": "x", "email": "a@example.com"}
    for route in ("mfa/enroll", "mfa/verify", "mfa/disable", "mfa/recovery-codes", "change-password", "invitations"):
        assert client.post(f"{AUTH}/{route}", json=body).status_code == 401, route


def test_from_registration_to_the_first_sign_in(client: FlaskClient, database: Engine) -> None:
    with transaction() as session:
        accounts.ensure_system_user(session, now=utc_now())
        niche, market = a_niche(session, utc_now()), a_market(session, utc_now())
    body = {
        "company_name": "Desert Roofing",
        "email": "sam@desertroofing.example",
        "password": PASSWORD,
        "full_name": "Sam Rivera",
        "niche_ids": [str(niche.id)],
        "market_ids": [str(market.id)],
        "terms_accepted": True,
    }
    first = client.post(f"{AUTH}/register", json=body, headers={"Idempotency-Key": "sign-up-1"})
    again = client.post(f"{AUTH}/register", json=body, headers={"Idempotency-Key": "sign-up-1"})
    taken = client.post(f"{AUTH}/register", json=body)
    assert [answer.status_code for answer in (first, again, taken)] == [201] * 3
    assert first.get_json() == again.get_json() == taken.get_json(), "who has an account already is not given away"

    with transaction() as session:
        user = session.query(User).filter_by(email_key="sam@desertroofing.example").one()
        assert letters(session, "verification") == 1
    assert login(client, user).status_code == 403
    assert client.post(f"{AUTH}/verify-email", json={"token": mailed(user, "verification")}).status_code == 200
    assert client.post(f"{AUTH}/verify-email", json={"token": mailed(user, "verification")}).status_code == 409
    assert login(client, user).status_code == 200


WRONG = [
    ({"password": "short"}, "password"),
    ({"password": "desert roofing 1"}, "password"),
    ({"email": "nobody"}, "email"),
    ({"company_name": ""}, "company_name"),
    ({"full_name": 5}, "full_name"),
    ({"niche_ids": []}, "niche_ids"),
    ({"niche_ids": ["x"]}, "niche_ids"),
    ({"niche_ids": "all"}, "niche_ids"),
    ({"market_ids": None}, "market_ids"),
    ({"terms_accepted": "true"}, "terms_accepted"),
]


def test_registration_names_the_wrong_field(client: FlaskClient, registration: dict[str, Any]) -> None:
    for change, field in WRONG:
        answer = client.post(f"{AUTH}/register", json=registration | change)
        assert answer.status_code == 422 and field in answer.get_json()["error"]["fields"], (change, answer.get_json())


@pytest.fixture
def registration(database: Engine) -> dict[str, Any]:
    with transaction() as session:
        niche, market = a_niche(session, utc_now()), a_market(session, utc_now())
    return {
        "company_name": "Desert Roofing",
        "email": "sam@example.com",
        "password": PASSWORD,
        "full_name": "Sam Rivera",
        "niche_ids": [str(niche.id)],
        "market_ids": [str(market.id)],
        "terms_accepted": True,
    }


def test_forgetting_and_resetting(browser: FlaskClient, person: Person) -> None:
    user = person()
    token = login(browser, user).get_json()["token"]
    known = browser.post(f"{AUTH}/forgot-password", json={"email": user.email})
    unknown = browser.post(f"{AUTH}/forgot-password", json={"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 200 and known.get_json() == unknown.get_json()

    reset = {"token": mailed(user, "password_reset"), "password": "weak"}
    assert browser.post(f"{AUTH}/reset-password", json=reset).status_code == 422
    assert browser.post(f"{AUTH}/reset-password", json=reset | {"password": NEW_PASSWORD}).status_code == 200
    assert browser.post(f"{AUTH}/reset-password", json=reset | {"password": NEW_PASSWORD}).status_code == 409
    assert browser.post(f"{AUTH}/reset-password", json=reset | {"token": "x"}).status_code == 404
    program = browser.application.test_client(use_cookies=False)
    assert program.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert login(browser, user).status_code == 401
    assert login(browser, user, NEW_PASSWORD).status_code == 200


def test_an_owner_invites_and_the_colleague_joins(browser: FlaskClient, person: Person) -> None:
    owner = person()
    login(browser, owner)
    answer = browser.post(f"{AUTH}/invitations", json={"email": "kim@example.com"})
    assert answer.status_code == 201
    with transaction() as session:
        kim = session.get_one(User, answer.get_json()["id"])
    body = {"token": mailed(kim, "invitation"), "full_name": "Kim Lee", "password": NEW_PASSWORD}
    assert browser.post(f"{AUTH}/accept-invitation", json=body).status_code == 200
    assert login(browser, kim, NEW_PASSWORD).get_json()["user"]["role"] == "provider"
    assert browser.post(f"{AUTH}/invitations", json={"email": "lou@example.com"}).status_code == 403, "members do not invite"


def test_changing_the_password(browser: FlaskClient, person: Person) -> None:
    user = person()
    login(browser, user)
    change = {"current_password": "wrong", "password": NEW_PASSWORD}
    assert browser.post(f"{AUTH}/change-password", json=change).status_code == 422
    assert browser.post(f"{AUTH}/change-password", json=change | {"current_password": PASSWORD}).status_code == 200
    assert browser.get(f"{AUTH}/me").status_code == 200, "this session stays"


def test_advice_while_typing(client: FlaskClient) -> None:
    weak = client.post(f"{AUTH}/password-advice", json={"password": "desertroofing", "company": "Desert Roofing"}).get_json()
    assert weak["ok"] is False and "company" in weak["warning"]
    strong = client.post(f"{AUTH}/password-advice", json={"password": PASSWORD, "email": 5}).get_json()
    assert strong == {"score": 4, "ok": True, "warning": "", "suggestions": []}


def test_missing_fields_are_named(client: FlaskClient) -> None:
    for route in ("login", "verify-email", "forgot-password", "reset-password", "mfa/challenge", "password-advice"):
        for body in (
            {},
            {"email": 1, "password": [], "token": None, "half_way_token": {}, "code": True},
            {"password": "x" * 3000},
        ):
            answer = client.post(f"{AUTH}/{route}", json=body)
            assert answer.status_code == 422 and answer.get_json()["error"]["fields"], (route, body)


def test_staff_by_invitation_can_only_enrol_at_first(browser: FlaskClient, database: Engine) -> None:
    with transaction() as session:
        ana = accounts.create_user(
            session, actor=SYSTEM, email="ana@example.com", password=None, full_name="Ana", role="analyst", now=utc_now()
        )
    body = {"token": mailed(ana, "invitation"), "full_name": "Ana Lyst", "password": NEW_PASSWORD}
    browser.post(f"{AUTH}/accept-invitation", json=body)
    assert login(browser, ana, NEW_PASSWORD).get_json()["must_enroll"] is True
