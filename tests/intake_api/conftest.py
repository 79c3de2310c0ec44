"""The whole Flask app on a database of its own, called as a client would."""

from collections.abc import Iterator
from functools import lru_cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from core.kit.config import settings
from intake_api.app import create_app
from tests.intake_api.conforming import watch
from tests.snspeer import peer, sns

__all__ = ["peer", "sns"]


@pytest.fixture
def app(database: Engine) -> Flask:
    return _app_for(settings().demo, settings().trusted_proxies)


@lru_cache
def _app_for(demo: bool, hops: int) -> Flask:
    """Built once for what it is built from: two hundred routes take a quarter of a second each time."""
    return watch(create_app())


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
