"""The whole Flask app on a database of its own, called as a client would."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from intake_api.app import create_app
from tests.snspeer import peer, sns

__all__ = ["peer", "sns"]


@pytest.fixture
def app(database: Engine) -> Flask:
    return create_app()


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
