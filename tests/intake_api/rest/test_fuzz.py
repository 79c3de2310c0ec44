"""schemathesis over the whole document as each role: no bug's answer, nothing that the document does not say (SPEC 7.7).

One example of each here; ``make fuzz`` sends HOTLEADS_FUZZ of each, also where the role is refused.
"""

import os
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examined
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from core import accounts, payments
from core.kit import limits
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from intake_api.openapi import document
from tests.intake_api.rest.conftest import World

EXAMPLES = int(os.environ.get("HOTLEADS_FUZZ", "0"))


def no_bug(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> bool | None:
    """No 5xx, but where the house has no gateway set up: that is said, and is nobody's mistake."""
    if response.status_code == 503 and response.json()["error"]["code"] == "gateway.not_configured":
        return None
    return not_a_server_error(context, response, case)


PEOPLE = ("stranger", "provider", "analyst", "scientist", "admin", "partner")
CHECKS = [no_bug, response_schema_conformance, content_type_conformance]
# Others' services call these with bodies of their own, signed; or they end the session that calls.
LEFT_OUT = ("/api/v1/webhooks/", "/api/v1/auth/logout", "/api/v1/admin/sources/{source_id}/files")


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No limit on calls."""
    for rule in limits.RULES:
        monkeypatch.setitem(limits.RULES, rule, "1000000/minute")
    limits._rule.cache_clear()
    yield
    limits._rule.cache_clear()


@pytest.fixture
def tokens(world: World) -> dict[str, str | None]:
    now = utc_now()
    with transaction() as session:
        accounts.ensure_system_user(session, now=now)
        partner = payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=10, now=now).id
    made = world.call("admin", "POST", f"/admin/partners/{partner}/api-keys", json={"name": "Fuzz", "scopes": ["intake", "ping"]})
    # Its last request is kept open, and who made it: whatever else calls the app would act as that person.
    world.client.__exit__(None, None, None)
    return {person: world.tokens.get(person) for person in PEOPLE} | {"partner": made.get_json()["token"]}


@pytest.mark.parametrize("person", [pytest.param(one, marks=pytest.mark.long) if one == "scientist" else one for one in PEOPLE])
def test_whatever_is_sent_is_answered_as_the_document_says(
    app: Flask, endless: None, tokens: dict[str, str | None], person: str
) -> None:
    schema = schemathesis.openapi.from_dict(document(app))
    schema.app = app
    token, called, refused = tokens[person], 0, list[bool]()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.startswith(LEFT_OUT):
            continue
        roles = operation.definition.raw.get("x-roles")
        if EXAMPLES == 0 and roles is not None and person not in roles:
            continue  # refused before anything is read: test_matrix.py

        @seed(7)
        @examined(
            max_examples=EXAMPLES or 1,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: schemathesis.Case) -> None:
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            refused.append(answer.status_code == 403)

        call()
        called += 1
    assert called > 5
    assert EXAMPLES or person == "stranger" or sum(refused) < len(refused) / 2, "called as somebody else?"
