"""What the account pages refuse: foreign pages, planted cookies, ways out of the house (SPEC 1.4, 1.5)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from core import accounts
from core.accounts.models import User
from core.kit import config
from core.kit.clock import utc_now
from core.kit.db import transaction
from intake_api.auth.pages import way_back
from intake_api.auth.sign_in_pages import _demo_code
from tests.core.accounts.people import PASSWORD
from tests.intake_api.auth.conftest import sign_in, words

Person = Callable[..., User]


class TestDemo:
    @pytest.fixture(autouse=True)
    def _on(self, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOTLEADS_DEMO", "true")
        config.settings.cache_clear()
        with transaction() as session:
            self.user = accounts.add_demo_user(
                session, email="admin@hotleads.example", password=PASSWORD, full_name="Demo", role="admin", now=utc_now()
            )

    def test_its_code_is_on_the_page_and_works(self, browser: FlaskClient) -> None:
        sign_in(browser, self.user)
        page = browser.get("/sign-in/second-factor")
        shown = re.search(r"Demo only.*?(\d{3}) (\d{3})", words(page))
        assert shown is not None
        assert browser.post("/sign-in/second-factor", data={"code": shown[1] + shown[2]}).location == "/"

    def test_not_through_another_name(self, browser: FlaskClient) -> None:
        sign_in(browser, self.user)
        half_way = browser.get_cookie("hotleads_half_way", path="/sign-in")
        assert half_way is not None

        def shown(host: str) -> bool:
            headers = {"Host": host, "Cookie": f"hotleads_half_way={half_way.value}"}
            with browser.application.test_request_context(headers=headers):
                return _demo_code() is not None

        assert shown("localhost:8080") and shown("127.0.0.1") and shown("[::1]:8080")
        for host in ("demo.hotleads.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "[::2]:8080"):
            assert not shown(host), host


class TestForeignPages:
    """Another site can neither act with the visitor's session nor sign the visitor in as somebody else."""

    def test_with_a_session(self, browser: FlaskClient, person: Person) -> None:
        user = person()
        sign_in(browser, user)
        for headers in (
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Origin": "http://sub.localhost", "Sec-Fetch-Site": "same-site"},
        ):
            for path in ("/sign-out", "/second-factor", "/api/v1/auth/logout", "/api/v1/auth/mfa/disable"):
                assert browser.post(path, headers=headers).status_code == 403, (path, headers)
        sent_along = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Authorization": "Basic c2FtOng="}
        assert browser.post("/sign-out", headers=sent_along).status_code == 403, "a proxy's password, sent by the browser itself"
        silent = browser.application.test_client()
        silent.set_cookie(accounts.SESSION_COOKIE, browser.get_cookie(accounts.SESSION_COOKIE).value)  # type: ignore[union-attr]
        assert silent.post("/sign-out").status_code == 403, "a request that does not say where it comes from"
        assert browser.get("/api/v1/auth/me").status_code == 200

    def test_without_a_session(self, browser: FlaskClient, person: Person) -> None:
        user = person()
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        foreign = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD}, headers=headers)
        assert foreign.status_code == 403 and browser.get_cookie(accounts.SESSION_COOKIE) is None


def test_signing_in_again_ends_the_former_session(browser: FlaskClient, person: Person) -> None:
    first, second = person(), person()
    sign_in(browser, first)
    former = browser.get_cookie(accounts.SESSION_COOKIE)
    sign_in(browser, second)
    assert former is not None
    with transaction() as session:
        assert accounts.session_view(session, token=former.value, now=utc_now()) is None


def test_a_planted_cookie_is_not_adopted(browser: FlaskClient, person: Person) -> None:
    """Session fixation: whatever id the browser came with, signing in gives another."""
    attacker, victim = person(), person()
    sign_in(browser, attacker)
    planted = browser.get_cookie(accounts.SESSION_COOKIE)
    sign_in(browser, victim)
    mine = browser.get_cookie(accounts.SESSION_COOKIE)
    assert planted is not None and mine is not None and planted.value != mine.value


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=30), st.from_regex(r"[/\\]{0,3}[a-z.:@/\\]{0,12}", fullmatch=True)))
def test_the_way_back_never_leads_elsewhere(wanted: str) -> None:
    app = Flask("nothing")
    with app.test_request_context("/sign-in", query_string={"next": wanted}):
        back = way_back()
    assert back == "/" or (back == wanted and back[0] == "/" and back[1:2] not in ("/", "\\") and "\\" not in back)
