"""A browser (cookies, its own origin, no JavaScript) and people to sign in with."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from core.accounts.models import User
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.core.accounts.people import PASSWORD, a_person


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base |= {"HTTP_ORIGIN": "http://localhost", "HTTP_SEC_FETCH_SITE": "same-origin", "REMOTE_ADDR": "203.0.113.9"}
    return client


@pytest.fixture
def person(database: Engine) -> Callable[..., User]:
    """Adds somebody: ``person(role="admin", second_factor=True)``."""

    def add(**more: Any) -> User:
        with transaction() as session:
            return a_person(session, utc_now(), **more)

    return add


def sign_in(client: FlaskClient, user: User, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/sign-in", data={"email": user.email, "password": password} | more)


def login(client: FlaskClient, user: User, password: str = PASSWORD) -> TestResponse:
    return client.post("/api/v1/auth/login", json={"email": user.email, "password": password})


def words(answer: TestResponse) -> str:
    """What a reader sees of a page."""
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", answer.get_data(as_text=True)))
