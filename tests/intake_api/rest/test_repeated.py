"""Repeated with their Idempotency-Key: the same answer, and no second copy of what is secret or a person's (SPEC 2.9)."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from core import leads, privacy
from core.kit.actor import SYSTEM
from core.kit.crypto import unseal_bytes
from core.kit.db import transaction
from tests.intake_api.rest.conftest import World


def kept() -> str:
    """Everything that is remembered of answers, once as it is stored and once as we alone can read it."""
    with transaction() as session:
        rows = session.execute(text("select response from idempotency_record where response is not null")).scalars().all()
        stored = session.execute(text("select coalesce(string_agg(r::text, ' '), '') from idempotency_record r")).scalar_one()
    return f"{stored} | {' '.join(unseal_bytes(row, purpose='answer').decode() for row in rows)}"


def test_a_key_told_once_is_told_again_and_stands_nowhere_in_the_open(world: World) -> None:
    asked: dict[str, Any] = {"json": {"name": "CRM", "scopes": ["leads.read"]}, "key": "make-1"}
    first, second = (world.call("provider", "POST", "/provider/api-keys", **asked) for _ in range(2))
    token = first.get_json()["token"]
    assert second.status_code == 201 and second.get_json() == first.get_json()
    assert second.headers["Idempotency-Replayed"] == "true"
    stored, _, readable = kept().partition(" | ")
    assert token in readable and token not in stored and token.encode().hex() not in stored


def test_contact_data_is_read_again_and_kept_nowhere(world: World, now: datetime) -> None:
    path, asked = f"/admin/leads/{world.lead}/approve", {"json": {"note": "Fine."}, "key": "approve-1"}
    first = world.call("admin", "POST", path, **asked)
    person = first.get_json()["lead"]["contact"]
    assert first.status_code == 200 and person["email"]
    assert world.call("admin", "POST", path, **asked).get_json() == first.get_json()
    assert person["email"] not in kept() and person["phone"] not in kept()
    with transaction() as session:
        privacy.erase_me(session, actor=SYSTEM, code=leads.my_request_code(world.lead), now=now)
    later = world.call("admin", "POST", path, **asked)
    assert later.headers["Idempotency-Replayed"] == "true" and later.get_json()["lead"]["contact"]["erased"]


def test_an_answer_is_given_again_to_who_may_still_ask_for_it(world: World) -> None:
    path = "/provider/do-not-contact/check"
    asked: dict[str, Any] = {"json": {"email": "pat@mail.com"}, "headers": {"Idempotency-Key": "check-1"}}
    tokens = {}
    for scopes in (["company.write"], ["leads.read"]):
        made = world.call("provider", "POST", "/provider/api-keys", json={"name": "x", "scopes": scopes})
        tokens[scopes[0]] = made.get_json()["token"]

    def call(scope: str) -> int:
        headers = {"Authorization": f"Bearer {tokens[scope]}"} | asked["headers"]
        return world.client.post(f"/api/v1{path}", json=asked["json"], headers=headers).status_code

    assert [call("company.write"), call("company.write"), call("leads.read")] == [200, 200, 403]
