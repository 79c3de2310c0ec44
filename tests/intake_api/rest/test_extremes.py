"""Values at the very end of what can be written: dates of year 1, numbers beyond any column, addresses with odd bytes.

Every route with a query, a body or a word in its path gets them, one at a time: a refusal in words or an answer, never a failure.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from pydantic import BaseModel

from core.kit.ids import uuid7
from intake_api.rest import Contract
from tests.intake_api.rest.conftest import World

NUMBERS = ("-1", "1" + "0" * 40)
MOMENTS = ("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
WORDS = ("", "%00", "%ED%A0%80", "a" * 3000)
PATHS = ("%00", "%ff", "a" * 3000, "..%2f..", "0001-01", "9999-12", "a@99999999999")
VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
ODD: tuple[Any, ...] = (-1, 2**63, 10**40, 1e300, *MOMENTS, "", "a" * 3000, [[]], {"": None}, "\u202e")


def contracts(app: Flask) -> Iterator[tuple[str, str, Contract]]:
    """Every route of ours as (method, rule, contract)."""
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "contract", None)
        if contract is not None and rule.rule.startswith("/api/v1"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule.removeprefix("/api/v1"), contract


def called_as(contract: Contract) -> str | None:
    return next((role for role in ("admin", "provider", "analyst") if role in contract.roles), None)


def filled(world: World, rule: str) -> str:
    known = {"lead_id": world.lead, "provider_id": world.provider, "niche_id": world.niche, "level_id": world.level}
    known |= {"subscription_id": world.subscription, "user_id": world.users["analyst"], "market_id": world.market}
    return VARIABLE.sub(lambda found: str(known.get(found[2], uuid7() if found[1] == "uuid" else "2026-01")), rule)


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("provider", "/provider/reports/kpis?until=0001-01-01T00:00:00%2B14:00"),
        ("admin", "/admin/leads/{lead}/judgement?at=9999-12-31T23:59:59-12:00"),
        ("admin", "/admin/reports/kpis?until=0001-01-01"),
        ("provider", "/provider/billing/statements/9999-12"),
    ],
)
def test_times_beyond_every_calendar_are_refused_in_words(world: World, person: str, path: str) -> None:
    answer = world.call(person, "GET", path.format(lead=world.lead))
    assert answer.status_code == 422 and list(answer.get_json()["error"]["fields"])


@pytest.mark.long
def test_ends_of_ranges_in_queries(app: Flask, world: World) -> None:
    failed = []
    for method, rule, contract in contracts(app):
        person = called_as(contract)
        if contract.query is None or person is None:
            continue
        for name in contract.query.model_fields:
            for value in (*NUMBERS, *MOMENTS, *WORDS):
                answer = world.call(person, method, f"{filled(world, rule)}?{name}={value.replace('+', '%2B')}")
                if answer.status_code >= 500:
                    failed.append((method, rule, name, value[:40], answer.status_code))
    assert failed == [], "\n".join(map(str, failed))


def test_odd_words_in_paths(app: Flask, world: World) -> None:
    failed = []
    for method, rule, contract in contracts(app):
        person = called_as(contract)
        words = [found for found in VARIABLE.finditer(rule) if found[1] is None]
        if not words or person is None:
            continue
        for value in PATHS:
            path = filled(world, rule[: words[-1].start()]) + value + filled(world, rule[words[-1].end() :])
            answer = world.call(person, method, path, **({} if contract.body is None else {"json": {}}))
            if answer.status_code >= 500:
                failed.append((method, rule, value[:40], answer.status_code))
    assert failed == [], "\n".join(map(str, failed))


@pytest.mark.long
def test_ends_of_ranges_in_bodies(app: Flask, world: World) -> None:
    failed = []
    for method, rule, contract in contracts(app):
        person = called_as(contract)
        if contract.body is None or person is None:
            continue
        for name, field in contract.body.model_fields.items():
            for value in ODD:
                body = _plain(contract.body) | {name: value}
                answer = world.call(person, method, filled(world, rule), json=body)
                if answer.status_code >= 500 and "gateway" not in answer.text:
                    failed.append((method, rule, name, repr(value)[:40], str(field.annotation)[:40], answer.status_code))
    assert failed == [], "\n".join(map(str, failed))


def _plain(model: type[BaseModel]) -> dict[str, Any]:
    """Something in every field that is asked for, so that the field in question is not refused for another's sake."""
    samples = {"integer": 1, "number": 1, "string": "Words enough for it", "boolean": True, "array": [], "object": {}}
    made: dict[str, Any] = {}
    for name, shape in model.model_json_schema().get("properties", {}).items():
        if name in model.model_json_schema().get("required", ()):
            kind = shape.get("type") or next((one.get("type") for one in shape.get("anyOf", ()) if one.get("type")), "string")
            made[name] = shape["enum"][0] if "enum" in shape else samples.get(kind)
            if shape.get("format") == "uuid":
                made[name] = str(uuid7())
            elif shape.get("format") in ("date", "date-time"):
                made[name] = "2027-01-01" if shape["format"] == "date" else "2027-01-01T00:00:00Z"
    return made


@pytest.mark.parametrize(
    "path",
    ["/request/%00", "/request/%ff", "/my-request/%00", "/my-request/" + "a" * 3000, "/mail/unsubscribe/%00",
     "/confirm?token=%00", "/verify?token=%00", "/reset?token=%ED%A0%80", "/invitation?token=%ff", "/sign-in?next=%00",
     "/start?market=%00", "/api/v1/niches/%00/form-schema", "/api/v1/leads/confirm?token=%00", "/money/statements/%00",
     "/money/statements/0001-01", "/money/statements/9999-12", "/request/home-seller?utm_source=%00&market=%00",
     "/pay/%00", "/mlflow/%00", "/assets/%00"],
)  # fmt: skip
def test_odd_bytes_on_pages(world: World, path: str) -> None:
    for person in ("provider", "admin", None):
        headers = {"Authorization": f"Bearer {world.tokens[person]}"} if person else {}
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            answer = world.client.open(path, method=method, headers=headers)
            assert answer.status_code < 500, (person, method)
            answer.close()
