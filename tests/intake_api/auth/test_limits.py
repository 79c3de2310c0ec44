"""How often one may knock (SPEC 1.7)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.accounts.models import User
from core.kit.redis import redis
from tests.core.accounts.people import PASSWORD
from tests.intake_api.auth.conftest import login

AUTH = "/api/v1/auth"


def post(client: FlaskClient, route: str, ip: str = "203.0.113.9", **body: str) -> TestResponse:
    return client.post(f"{AUTH}/{route}", json=body, environ_overrides={"REMOTE_ADDR": ip})


def test_five_sign_ins_per_address_and_caller_and_the_account_stays_open(
    client: FlaskClient, person: Callable[..., User]
) -> None:
    user = person()
    answers = [post(client, "login", email=user.email.upper() if n % 2 else user.email, password="wrong") for n in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    refused = answers[-1]
    assert (
        1 <= int(refused.headers["Retry-After"]) <= 1800
    )  # a window of 15 minutes, and the share of the one before that still counts
    assert "Please wait" in refused.get_json()["error"]["message"]
    assert refused.headers["X-RateLimit-Limit"] == "5" and refused.headers["X-RateLimit-Remaining"] == "0"
    assert login(client, user).status_code == 200, "from elsewhere the owner gets in"


def test_remaining_tries_are_told(client: FlaskClient, person: Callable[..., User]) -> None:
    user = person()
    told = [post(client, "login", email=user.email, password="wrong").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert told == ["4", "3", "2"]


def test_thirty_sign_ins_per_caller(client: FlaskClient) -> None:
    codes = [post(client, "login", email=f"a{n}@x", password="w").status_code for n in range(31)]
    assert codes == [401] * 30 + [429]


@pytest.mark.parametrize(
    ("route", "body", "allowed", "passes"),
    [
        ("forgot-password", {"email": "sam@example.com"}, 3, 200),
        ("resend-verification", {"email": "sam@example.com"}, 3, 200),
        ("verify-email", {"token": "x"}, 10, 404),
        ("password-advice", {"password": PASSWORD}, 20, 200),
    ],
)
def test_limits_of_the_open_routes(client: FlaskClient, route: str, body: dict[str, str], allowed: int, passes: int) -> None:
    codes = [post(client, route, **body).status_code for _ in range(allowed + 1)]
    assert codes == [passes] * allowed + [429]


def test_another_caller_does_not_get_around_the_limit_of_an_address(client: FlaskClient) -> None:
    codes = [post(client, "forgot-password", ip=f"203.0.113.{n}", email=" SAM@example.com").status_code for n in range(4)]
    assert codes == [200, 200, 200, 429]


def test_another_spelling_of_a_mailbox_has_no_tries_of_its_own(client: FlaskClient) -> None:
    spellings = ("sam@example.com", "sam@\uff45xample.com", "sam@example\u3002com", "SAM@ex\u24d0mple.com")
    codes = [post(client, "forgot-password", ip=f"203.0.113.{n}", email=one).status_code for n, one in enumerate(spellings)]
    assert codes == [200, 200, 200, 429]
    codes = [post(client, "login", email=one, password="w").status_code for one in spellings * 2]
    assert codes == [401] * 5 + [429] * 3


def test_typing_a_password_does_not_use_up_the_sign_up(client: FlaskClient) -> None:
    for _ in range(21):
        post(client, "password-advice", password="x")
    assert post(client, "forgot-password", email="sam@example.com").status_code == 200


def test_redis_learns_no_addresses(client: FlaskClient) -> None:
    post(client, "login", email="sam@example.com", password="w")
    post(client, "forgot-password", email="sam@example.com")
    keys = b" ".join(redis().keys("*"))
    assert keys and b"sam" not in keys and b"example" not in keys


def test_pages_say_it_in_words(browser: FlaskClient) -> None:
    answers = [browser.post("/forgot", data={"email": "sam@example.com"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert b"Too many tries. Please wait" in answers[-1].data and b"sam@example.com" in answers[-1].data
    assert answers[-1].headers["Retry-After"]
