"""JSON intake over the whole app: good requests, refused ones by field, and whatever else people send."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from core import leads
from core.kit import clock, redis
from core.kit.db import transaction
from core.leads import block_contact
from tests.core.leads.world import World, a_world, mails, token_of

LEADS = "/api/v1/leads"


@pytest.fixture
def world(database: Engine) -> World:
    with transaction() as session:
        return a_world(session, clock.utc_now())


def body(world: World, number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "niche": world.niche.slug,
        "contact": {"name": "Pat Example", "email": f"pat{number}@example.com", "phone": f"702 234 {1000 + number}"},
        "zip": "89109",
        "form_data": {"property_type": "house"},
        "consent": {"agreed": True, "version": "2026-11.5"},
        **changes,
    }


def leads_stored(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(text("select count(*) from lead")).scalar_one())


def test_a_request_is_taken_in_and_confirmed(client: FlaskClient, world: World) -> None:
    answer = client.post(LEADS, json=body(world))
    assert answer.status_code == 201 and set(answer.get_json()) == {"lead_id", "message"}
    assert answer.headers["X-RateLimit-Limit"] == "5" and answer.headers["X-RateLimit-Remaining"] == "4"
    with transaction() as session:
        token = token_of(session, answer.get_json()["lead_id"])
    looked = client.get(f"{LEADS}/confirm?token={token}")
    assert looked.get_json() == {"lead_id": answer.get_json()["lead_id"], "state": "valid"}
    first, second = (client.post(f"{LEADS}/{path}", json={"token": token}) for path in ("confirm", "verify"))
    assert first.get_json() | {"already": True} == second.get_json() and first.get_json()["already"] is False
    assert client.get(f"{LEADS}/confirm?token={token}").get_json()["state"] == "used"


def test_links_that_do_not_work(client: FlaskClient, world: World) -> None:
    lead_id = client.post(LEADS, json=body(world)).get_json()["lead_id"]
    with transaction() as session:
        token = token_of(session, lead_id)
    with time_machine.travel(clock.utc_now() + timedelta(hours=25), tick=False):
        assert client.get(f"{LEADS}/confirm?token={token}").status_code == 410
        assert client.post(f"{LEADS}/confirm", json={"token": token}).get_json()["error"]["code"] == "link.expired"
        assert client.post(f"{LEADS}/{lead_id}/resend-confirmation").status_code == 202
        again = client.post(f"{LEADS}/{lead_id}/resend-confirmation")
    assert again.status_code == 429 and int(again.headers["Retry-After"]) == 300
    assert client.post(f"{LEADS}/confirm", json={"token": "x"}).status_code == 404
    assert client.post(f"{LEADS}/confirm", json={"token": 5}).status_code == 422
    assert client.get(f"{LEADS}/confirm").status_code == 422
    assert client.post(f"{LEADS}/{uuid4()}/resend-confirmation").status_code == 404
    assert client.post(f"{LEADS}/nonsense/resend-confirmation").status_code == 404


def test_a_duplicate_is_told_nothing(client: FlaskClient, world: World) -> None:
    first, second = (client.post(LEADS, json=body(world)) for _ in range(2))
    assert second.status_code == 201 and second.get_json()["message"] == first.get_json()["message"]
    assert second.get_json()["lead_id"] != first.get_json()["lead_id"]


def test_asking_for_the_mail_again_does_not_tell_a_duplicate_from_a_new_lead(client: FlaskClient, world: World) -> None:
    """Else anybody could find out whether a person has asked for such help before (SPEC 2.2)."""
    began = clock.utc_now()
    told: dict[str, list[Any]] = {"new": [], "again": []}
    with time_machine.travel(began, tick=False):
        asked = {name: client.post(LEADS, json=body(world)).get_json()["lead_id"] for name in told}
        stranger = client.post(LEADS, json=body(world, contact={**body(world)["contact"], "email": "other@example.com"}))
        asked["again, by phone"], told["again, by phone"] = stranger.get_json()["lead_id"], []
    for minutes in (1, 6, 7, 12, 18, 24, 60):
        redis.redis().flushdb()
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            for name, lead_id in asked.items():
                answer = client.post(f"{LEADS}/{lead_id}/resend-confirmation")
                error = answer.get_json().get("error", {})
                told[name].append((answer.status_code, error.get("message"), answer.headers.get("Retry-After")))
    assert [code for code, *_ in told["new"]] == [429, 202, 429, 202, 202, 429, 429]
    assert told["again"] == told["again, by phone"] == told["new"]
    with transaction() as session:
        sent = session.execute(text("select payload ->> 'lead_id' from outbox where kind = 'email'")).scalars().all()
    # As often as it may be sent: the first one's, and that of another mailbox, which may be the one that was meant (SPEC 2.6).
    assert Counter(sent) == {asked["new"]: 4, asked["again, by phone"]: 4}


def test_a_stranger_s_mailbox_gets_nothing_once_the_request_is_confirmed(client: FlaskClient, world: World) -> None:
    lead_id = UUID(client.post(LEADS, json=body(world)).get_json()["lead_id"])
    with transaction() as session:
        leads.confirm(session, token=token_of(session, lead_id), ip=None, user_agent=None, now=clock.utc_now())
    client.post(LEADS, json=body(world, contact={**body(world)["contact"], "email": "other@example.com"}))
    with transaction() as session:
        asked = [mail["lead_id"] for mail in mails(session, "lead_confirmation")]
    assert asked == [str(lead_id)]


def test_refusals_have_their_status_and_name_their_fields(client: FlaskClient, world: World, database: Engine) -> None:
    def post(**changes: Any) -> tuple[int, set[str]]:
        answer = client.post(LEADS, json=body(world, **changes))
        return answer.status_code, set(answer.get_json()["error"]["fields"])

    assert post(niche="nothing") == (404, set())
    assert post(niche=None) == (422, {"niche"})
    assert post(zip="10001") == (422, {"zip"})
    assert post(zip="1", form_data={}, contact={"name": "x"}) == (
        422,
        {"zip", "form_data.property_type", "contact.email", "contact.phone"},
    )
    with transaction() as session:
        block_contact(session, actor=world.admin, email="pat1@example.com", reason="asked", now=clock.utc_now())
    assert post() == (422, set())
    assert leads_stored(database) == 0


def test_a_repeated_key_stores_one_lead(client: FlaskClient, world: World, database: Engine) -> None:
    answers = [client.post(LEADS, json=body(world), headers={"Idempotency-Key": "once"}) for _ in range(3)]
    assert {answer.get_json()["lead_id"] for answer in answers} == {answers[0].get_json()["lead_id"]}
    assert [answer.status_code for answer in answers] == [201] * 3 and leads_stored(database) == 1
    refused = client.post(LEADS, json=body(world, 2, zip="x"), headers={"Idempotency-Key": "wrong"})
    mended = client.post(LEADS, json=body(world, 2), headers={"Idempotency-Key": "wrong"})
    assert (refused.status_code, mended.status_code) == (422, 201), "a refused request leaves its key free"


FULL = """
create function no_space() returns trigger language plpgsql as $$ begin raise exception 'full' using errcode = '53100'; end $$;
create trigger full_disk before insert on lead execute function no_space()"""


@contextmanager
def full_disk(database: Engine) -> Iterator[None]:
    with database.begin() as connection:
        connection.execute(text("set local role hotleads"))
        connection.execute(text(FULL))
    yield
    with database.begin() as connection:
        connection.execute(text("set local role hotleads"))
        connection.execute(text("drop trigger full_disk on lead"))


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "again"}])
def test_tries_that_we_could_not_take_in_do_not_count(
    client: FlaskClient, world: World, database: Engine, headers: dict[str, str]
) -> None:
    with full_disk(database):
        assert {client.post(LEADS, json=body(world), headers=headers).status_code for _ in range(7)} == {503}
    assert client.post(LEADS, json=body(world), headers=headers).status_code == 201


REFUSED: list[dict[str, Any]] = [{"form_data": {}}, {"zip": "10001"}, {"niche": "nothing"}, {"consent": {"agreed": False}}]


@pytest.mark.parametrize("changes", REFUSED, ids=lambda value: next(iter(value)))
def test_tries_that_were_refused_do_not_count(client: FlaskClient, world: World, changes: dict[str, Any]) -> None:
    for headers in [{}, {"Idempotency-Key": "again"}] * 4:
        assert client.post(LEADS, json=body(world, **changes), headers=headers).status_code in (404, 422)
    assert [client.post(LEADS, json=body(world)).status_code for _ in range(6)] == [201] * 5 + [429]


def test_five_an_hour_from_one_mailbox(client: FlaskClient, world: World) -> None:
    answers = [client.post(LEADS, json=body(world)).status_code for _ in range(6)]
    assert answers == [201] * 5 + [429]
    shouted = body(world)
    shouted["contact"] = {**shouted["contact"], "email": " PAT1@example.com "}
    assert client.post(LEADS, json=shouted).status_code == 429
    assert client.post(LEADS, json=body(world, 2)).status_code == 201


def test_other_spellings_of_a_mailbox_count_as_it(client: FlaskClient, world: World) -> None:
    spellings = ("pat@example.com", "pat@\uff45xample.com", "PAT@example.com", "pat@example\u3002com", "pat@ex\u24d0mple.com") * 2
    contacts = [{"name": "Pat Example", "email": one, "phone": f"702 234 {1000 + n}"} for n, one in enumerate(spellings)]
    codes = [client.post(LEADS, json=body(world, contact=contact)).status_code for contact in contacts]
    assert codes == [201] * 5 + [429] * 5


def test_sixty_a_minute_from_one_address(client: FlaskClient, world: World) -> None:
    assert [client.post(LEADS, json={}).status_code for _ in range(61)] == [422] * 60 + [429]


def test_niches_and_their_forms(client: FlaskClient, world: World) -> None:
    (niche,) = client.get("/api/v1/niches").get_json()["items"]
    assert niche == {"id": str(world.niche.id), "slug": world.niche.slug, "name": world.niche.name, "description": ""}
    for name in (niche["id"], niche["slug"]):
        form = client.get(f"/api/v1/niches/{name}/form-schema").get_json()
        assert form["version"] == 1 and [f["key"] for f in form["schema"]["fields"]] == ["property_type", "bedrooms", "details"]
        assert form["consent"]["version"] == "2026-12.5" and "withdraw it at any time" in form["consent"]["text"]
    assert client.get("/api/v1/niches/nothing/form-schema").status_code == 404
    with transaction() as session:
        session.execute(text("update niche set status = 'closed'"))
    assert client.get("/api/v1/niches").get_json() == {"items": []}
    assert client.get(f"/api/v1/niches/{niche['id']}/form-schema").status_code == 404


NASTY: list[Any] = [
    {"contact": {"name": "Pat\x00", "email": "a@example.com", "phone": "702 234 1001"}},
    {"contact": {"name": "\ud800", "email": "a@example.com", "phone": "702 234 1001"}},
    {"contact": {"name": "x" * 10_000, "email": "x" * 100_000 + "@example.com", "phone": "7" * 10_000}},
    {"contact": [[[[[[]]]]]]},
    {"zip": 10**400},
    {"point": {"lat": 1e307, "lon": -1e307}},
    {"point": {"lat": 10**300, "lon": 0}},
    {"point": {"lat": "36", "lon": "-115"}},
    {"form_data": {"property_type": {"a": 1}, "bedrooms": 10**18, "x" * 5000: 1}},
    {"form_data": {str(n): n for n in range(5000)}},
    {"consent": {"agreed": True, "version": "x", "text": "\n\t", "sellers": [["x"]], "channels": {"a": 1}}},
    {"consent": {"agreed": True, "version": "2026-11.5", "page_url": "http://[::1"}},
    {"attribution": {"utm_source": {"a": []}}},
    {"address": {"street": "\u202e\u0000", "zip": ["89109"]}},
    {"niche": "a\u0000b"},
    {"niche": ["roofing"]},
]


@pytest.mark.parametrize("changes", NASTY, ids=lambda value: str(value)[:50].encode("ascii", "replace").decode())
def test_nasty_values_are_refused_in_words(client: FlaskClient, world: World, changes: dict[str, Any]) -> None:
    answer = client.post(LEADS, data=json.dumps(body(world, **changes)), content_type="application/json")
    assert answer.status_code in (400, 404, 422), answer.text
    error = answer.get_json()["error"]
    assert error["message"] and error["correlation_id"] == answer.headers["X-Correlation-ID"]


numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=30))
nested = lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4))  # noqa: E731
values = st.recursive(scalars, nested, max_leaves=8)
PLACES = ["niche", "contact", "address", "zip", "point", "form_data", "consent", "attribution"]
INNER = {
    "contact": ["name", "email", "phone"],
    "address": ["street", "unit", "city", "state", "zip"],
    "point": ["lat", "lon", "accuracy_m"],
    "form_data": ["property_type", "bedrooms", "details"],
    "consent": ["agreed", "version", "text", "sellers", "channels", "page_url", "certificate_url"],
    "attribution": ["utm_source", "referrer"],
}


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """What to put in the place of which part of a good body."""
    changes: dict[str, Any] = {}
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True)):
        names = INNER.get(place)
        whole = names is None or draw(st.booleans())
        changes[place] = draw(values) if whole else {draw(st.sampled_from(names or [""])): draw(values)}
    return changes


def test_no_body_is_a_failure_of_ours(client: FlaskClient, world: World) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(mutated(), st.booleans())
    def send(changes: dict[str, Any], merged: bool) -> None:
        redis.redis().flushdb()
        good = body(world)
        if merged:  # keep what is right about the part, replace one value in it
            changes = {
                k: {**good[k], **v} if isinstance(v, dict) and isinstance(good.get(k), dict) else v for k, v in changes.items()
            }
        answer = client.post(LEADS, data=json.dumps(good | changes), content_type="application/json")
        assert answer.status_code in (201, 400, 404, 422), answer.text
        assert answer.status_code == 201 or answer.get_json()["error"]["message"]

    send()


def test_bytes_that_are_no_json(client: FlaskClient, world: World) -> None:
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=200))
    def send(raw: bytes) -> None:
        redis.redis().flushdb()
        assert client.post(LEADS, data=raw, content_type="application/json").status_code in (400, 422)

    send()


def test_now_is_taken_at_the_edge(client: FlaskClient, world: World, database: Engine) -> None:
    moment = datetime(2026, 12, 24, 18, tzinfo=clock.utc_now().tzinfo)
    with time_machine.travel(moment, tick=False):
        client.post(LEADS, json=body(world))
    with database.connect() as connection:
        assert connection.execute(text("select submitted_at from lead")).scalar_one() == moment
