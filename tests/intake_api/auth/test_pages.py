"""The account pages: whole stories with forms and cookies, no JavaScript (SPEC 1.2-1.5)."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from core import accounts
from core.accounts.models import User
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.builders import a_market, a_niche
from tests.core.accounts.people import NEW_PASSWORD, PASSWORD, code, links
from tests.intake_api.auth.conftest import sign_in, words

Person = Callable[..., User]


def mailed(user: User, template: str) -> str:
    with transaction() as session:
        return links(session, user.id, template)[0]


def test_in_and_out(browser: FlaskClient, person: Person) -> None:
    user = person()
    wrong = sign_in(browser, user, "not the password")
    assert wrong.status_code == 401 and "E-mail or password is not right" in words(wrong) and user.email in wrong.text
    assert "not the password" not in wrong.text
    done = sign_in(browser, user, next="/inbox?lead=7")
    assert (done.status_code, done.location) == (303, "/inbox?lead=7")
    assert browser.get("/sign-in?next=/wallet").location == "/wallet", "signed in already"
    assert browser.get("/api/v1/auth/me").status_code == 200

    assert browser.get("/sign-out").status_code == 200
    assert browser.get("/api/v1/auth/me").status_code == 200, "opening a link signs nobody out"
    out = browser.post("/sign-out")
    assert out.location == "/sign-in?done=out" and "You are signed out." in words(browser.get(out.location))
    assert browser.get("/api/v1/auth/me").status_code == 401


def test_the_second_factor_page(browser: FlaskClient, person: Person) -> None:
    user = person(role="admin", second_factor=True)
    assert browser.get("/sign-in/second-factor").location == "/sign-in", "without a password first"
    asked = sign_in(browser, user, next="/review")
    assert asked.location == "/sign-in/second-factor?next=%2Freview"
    page = browser.get(asked.location)
    assert page.status_code == 200 and "Demo only" not in words(page)
    wrong = browser.post(asked.location, data={"code": "999"})
    assert wrong.status_code == 422 and "Tries left: 4" in words(wrong)
    with transaction() as session:
        shown = code(session, user, utc_now())
    done = browser.post("/sign-in/second-factor", data={"code": f"{shown[:3]} {shown[3:]}", "next": "/review"})
    assert (done.status_code, done.location) == (303, "/review")
    assert browser.get("/api/v1/auth/me").get_json()["role"] == "admin"
    assert browser.get_cookie("hotleads_half_way", path="/sign-in") is None


def test_after_five_wrong_codes_it_starts_again(browser: FlaskClient, person: Person) -> None:
    sign_in(browser, person(role="admin", second_factor=True))
    for _ in range(5):
        browser.post("/sign-in/second-factor", data={"code": "0"})
    over = browser.post("/sign-in/second-factor", data={"code": "0"})
    assert over.status_code == 401 and "Please sign in again" in words(over)


def test_staff_enrol_at_their_first_sign_in(browser: FlaskClient, person: Person) -> None:
    user = person(role="analyst")
    assert sign_in(browser, user, next="/reports").location == "/second-factor"
    before = browser.get_cookie(accounts.SESSION_COOKIE)
    page = browser.get("/second-factor")
    assert page.text.count("<svg") == 1
    key = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)
    assert key is not None
    wrong = browser.post("/second-factor", data={"code": "12"})
    assert wrong.status_code == 422 and key[1] in wrong.text, "the same key as before"
    done = browser.post("/second-factor", data={"code": pyotp.TOTP(key[1].replace(" ", "")).now()})
    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", done.text)
    after = browser.get_cookie(accounts.SESSION_COOKIE)
    assert len(set(codes)) == 10 and before is not None and after is not None and before.value != after.value
    assert browser.post("/second-factor", data={"code": "12"}).location == "/second-factor", "a reload does no harm"
    state = browser.get("/second-factor")
    assert "10 of 10 recovery codes left" in words(state) and not any(one in state.text for one in codes)
    assert "Switch it off" not in words(state)

    browser.post("/sign-out")
    sign_in(browser, user)
    assert browser.post("/sign-in/second-factor", data={"code": codes[0]}).location == "/"


def test_a_provider_switches_it_off_and_renews_codes(browser: FlaskClient, person: Person) -> None:
    user = person(second_factor=True)
    sign_in(browser, user)
    with transaction() as session:
        browser.post("/sign-in/second-factor", data={"code": code(session, user, utc_now())})
    assert browser.post("/second-factor/codes", data={"code": "1"}).status_code == 422

    def next_code() -> str:
        with transaction() as session:
            session.execute(text("update user_account set totp_last_step = null"))
            return code(session, user, utc_now())

    assert "Your old codes no longer work" in words(browser.post("/second-factor/codes", data={"code": next_code()}))
    assert browser.post("/second-factor/off", data={"code": next_code()}).location == "/second-factor"
    assert "Scan this" in words(browser.get("/second-factor"))


def test_the_second_factor_pages_ask_to_sign_in(browser: FlaskClient, database: Engine) -> None:
    assert browser.get("/second-factor").location == "/sign-in?next=/second-factor"
    for path in ("/second-factor", "/second-factor/codes", "/second-factor/off"):
        assert browser.post(path, data={"code": "1"}).location == "/sign-in?next=/second-factor"


def test_registering_by_form(browser: FlaskClient, database: Engine) -> None:
    with transaction() as session:
        niche, market = a_niche(session, utc_now(), name="Roofing"), a_market(session, utc_now())
    form = {"company_name": "Desert <b>Roofing", "full_name": "Sam", "email": "sam@example.com", "password": "short"}
    form |= {"niche_ids": str(niche.id), "market_ids": str(market.id), "terms_accepted": "yes"}
    weak = browser.post("/sign-up", data=form)
    assert weak.status_code == 422 and "at least 10 characters" in words(weak)
    assert "Desert &lt;b&gt;Roofing" in weak.text and weak.text.count(" checked") == 3 and "short" not in weak.text
    assert browser.post("/sign-up", data=form | {"password": PASSWORD}).location == "/sign-up/check-your-mail"
    with transaction() as session:
        user = session.query(User).filter_by(email_key="sam@example.com").one()

    link = f"/verify?token={mailed(user, 'verification')}"
    for _ in range(2):
        assert browser.get(link).status_code == 200
    with transaction() as session:
        assert session.get_one(User, user.id).status == "pending", "opening the link confirms nothing: scanners open links"
    done = browser.post("/verify", data={"token": mailed(user, "verification")})
    assert done.location == "/sign-in?done=verified"
    assert browser.get(link).status_code == 409
    assert sign_in(browser, user).location == "/"


def test_a_fourth_registration_in_an_hour_waits(browser: FlaskClient, database: Engine) -> None:
    with transaction() as session:
        niche, market = a_niche(session, utc_now()), a_market(session, utc_now())
    form = {"company_name": "Desert", "full_name": "Sam", "password": PASSWORD, "niche_ids": str(niche.id)}
    form |= {"market_ids": str(market.id), "terms_accepted": "yes"}
    for _ in range(3):
        assert browser.post("/sign-up", data=form | {"email": "mistyped"}).status_code == 422
    answers = [browser.post("/sign-up", data=form | {"email": f"sam{n}@example.com"}).status_code for n in range(4)]
    assert answers == [303, 303, 303, 429]
    with transaction() as session:
        assert session.execute(text("select count(*) from user_account")).scalar_one() == 3


def test_not_verified_yet_offers_a_new_link(browser: FlaskClient, person: Person) -> None:
    user = person(status="pending")
    refused = sign_in(browser, user)
    assert refused.status_code == 403 and "Send me a new link" in words(refused)
    assert "a new link is on its way" in words(browser.post("/verify/resend", data={"email": user.email}))
    assert mailed(user, "verification")
    assert "a new link is on its way" in words(browser.post("/verify/resend", data={"email": "nobody@example.com"}))


def test_forgetting_and_resetting(browser: FlaskClient, person: Person) -> None:
    user = person()
    known, unknown = (browser.post("/forgot", data={"email": email}).text for email in (user.email, "nobody@example.com"))
    assert known == unknown
    token = mailed(user, "password_reset")
    assert browser.get(f"/reset?token={token}").status_code == 200
    weak = browser.post("/reset", data={"token": token, "password": "password12"})
    assert weak.status_code == 422 and token in weak.text
    assert browser.post("/reset", data={"token": token, "password": NEW_PASSWORD}).location == "/sign-in?done=reset"
    assert browser.get(f"/reset?token={token}").status_code == 409
    assert sign_in(browser, user, NEW_PASSWORD).status_code == 303


def test_joining_by_invitation(browser: FlaskClient, person: Person) -> None:
    sign_in(browser, person())
    browser.post("/api/v1/auth/invitations", json={"email": "kim@example.com"})
    browser.post("/sign-out")
    with transaction() as session:
        kim = session.query(User).filter_by(email_key="kim@example.com").one()
    token = mailed(kim, "invitation")
    page = browser.get(f"/invitation?token={token}")
    assert "Join Company" in words(page) and "kim@example.com" in words(page)
    weak = browser.post("/invitation", data={"token": token, "full_name": "Kim Lee", "password": "kim"})
    assert weak.status_code == 422 and 'value="Kim Lee"' in weak.text
    done = browser.post("/invitation", data={"token": token, "full_name": "Kim Lee", "password": NEW_PASSWORD})
    assert done.location == "/sign-in?done=joined"
    assert sign_in(browser, kim, NEW_PASSWORD).location == "/"


@pytest.mark.parametrize("path", ["/verify", "/reset", "/invitation"])
def test_links_that_are_not_ours(browser: FlaskClient, database: Engine, path: str) -> None:
    for token in ("", "x", "%00", "<script>", "x" * 5000):
        assert browser.get(path, query_string={"token": token}).status_code == 404
        assert browser.post(path, data={"token": token, "password": PASSWORD, "full_name": "A"}).status_code == 404


class Outline(HTMLParser):
    """What an assistive technology would find."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.described: list[str] = []
        self.headings = 0
        self.depth_of_label = 0
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.described += (given.get("aria-describedby") or "").split()
        self.headings += tag == "h1"
        self.inline += (
            "style" in given or (tag == "script" and "src" not in given) or any(name.startswith("on") for name in given)
        )
        if tag == "label":
            self.labelled.add(given.get("for") or "")
            self.depth_of_label += 1
        if tag == "input" and given.get("type") != "hidden" and "hidden" not in given:
            self.fields.append(given | {"wrapped": "yes" if self.depth_of_label else None})

    def handle_endtag(self, tag: str) -> None:
        self.depth_of_label -= tag == "label"


def test_every_page_is_labelled_and_free_of_inline_code(browser: FlaskClient, person: Person) -> None:
    staff, provider = person(role="admin"), person(second_factor=True)
    with transaction() as session:
        a_niche(session, utc_now())
        a_market(session, utc_now())
        accounts.request_password_reset(session, email=provider.email, now=utc_now())
    pages = [browser.get(path) for path in ("/sign-in", "/sign-up", "/sign-up/check-your-mail", "/forgot", "/sign-out")]
    pages += [browser.get(f"/reset?token={mailed(provider, 'password_reset')}"), browser.get("/verify?token=x")]
    pages += [browser.post("/sign-up", data={}), sign_in(browser, staff, "wrong"), browser.post("/forgot", data={"email": ""})]
    sign_in(browser, provider)
    pages += [browser.get("/sign-in/second-factor"), browser.post("/sign-in/second-factor", data={"code": "1"})]
    sign_in(browser, staff)
    pages += [browser.get("/second-factor"), browser.post("/second-factor", data={"code": "1"})]
    for page in pages:
        outline = Outline()
        outline.feed(page.text)
        where = f"{page.request.path} {page.status_code}"
        assert outline.headings == 1 and not outline.inline, where
        assert len(outline.ids) == len(set(outline.ids)), where
        assert set(outline.described) <= set(outline.ids), where
        for field in outline.fields:
            assert field["wrapped"] or field.get("id") in outline.labelled, (where, field)
            assert field.get("type") == "checkbox" or field.get("autocomplete"), (where, field)
        assert page.headers["Cache-Control"] == "no-store" and "script-src 'self'" in page.headers["Content-Security-Policy"]
