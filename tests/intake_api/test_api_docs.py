"""The API's page for people: every route, no script, nothing from outside."""

import re

from flask import Flask
from flask.testing import FlaskClient

from intake_api.openapi import document


def test_every_route_is_on_the_page_and_nothing_comes_from_outside(client: FlaskClient, app: Flask) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    made = document(app)
    for path, operations in made["paths"].items():
        assert path in page.text
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text
    assert "``" not in page.text and "Passport-key" not in page.text, "words for people, not marks of docstrings"
    assert "<script" not in page.text
    assert not re.findall(r'(?:src|href)="https?://', page.text)


def test_the_document_is_served_to_programs(client: FlaskClient, app: Flask) -> None:
    assert client.get("/api/openapi.json").get_json()["paths"].keys() == document(app)["paths"].keys()
