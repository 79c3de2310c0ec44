"""The doors by which sources tell of leads: signed calls count once, forged ones change nothing (SPEC 8.1, 8.2)."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from core import sourcing
from core.accounts.sessions import open_session
from core.kit import clock, config
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.sourcing import FileRow
from core.sourcing.connectors.kinds import secrets_to_keep
from jobs import ingest
from tests.builders import a_market, a_niche, a_user
from tests.core.sourcing.test_sources import a_source, allow, an_admin
from tests.peers import linkedin as at_linkedin
from tests.peers import meta as at_meta
from tests.peers import serving
from tests.peers.meta import MetaPeer

KEY = "a-key-of-twenty-characters"
META = {"app_secret": at_meta.SECRET, "verify_token": "handshake", "access_token": at_meta.TOKEN}
EVENT = {
    "@reso.context": "urn:reso:metadata:2.0:resource:entityevent",
    "EntityEventSequence": 2**60 + 1,
    "ResourceName": "Property",
    "ResourceRecordKey": "k1",
}
LEAD = {
    "lead_id": 2**60 + 1,
    "google_key": KEY,
    "lead_submit_time": "2026-11-04T12:30:00Z",
    "user_column_data": [
        {"column_id": "FULL_NAME", "string_value": "Pat Lee"},
        {"column_id": "EMAIL", "string_value": "pat@example.com"},
        {"column_id": "POSTAL_CODE", "string_value": "89109"},
    ],
}
CONTACT = b"<customer><contact><name>Pat</name><email>a@example.com</email></contact></customer>"
ADF = b"<adf><prospect><id>7</id>" + CONTACT + b"</prospect></adf>"


def source(kind: str, settings: dict[str, Any], secrets: dict[str, Any], *, permitted: bool = True) -> UUID:
    """A source of a kind, allowed to run unless said otherwise."""
    now = clock.utc_now()
    with transaction() as session:
        niche, admin = a_niche(session, now), an_admin(session, now)
        kept = secrets_to_keep(kind, secrets)
        made = a_source(
            session, now, admin, kind=kind, name=f"{kind} {niche.id}", niche_id=niche.id, settings=settings, secrets=kept
        )
        if permitted:
            allow(session, now, admin, made.id)
        return made.id


@pytest.fixture
def world(client: FlaskClient) -> FlaskClient:
    with transaction() as session:
        a_market(session, clock.utc_now())
    return client


def post(client: FlaskClient, kind: str, body: bytes, **headers: str) -> TestResponse:
    return client.post(f"/api/v1/webhooks/{kind}", data=body, headers=headers, content_type="application/json")


def kept() -> list[Any]:
    with transaction() as session:
        rows = session.execute(text("select record_id, outcome from raw_record order by record_id")).all()
        jobs = (
            session.execute(text("select payload ->> 'record_id' from outbox where kind = 'source.fetch' order by 1"))
            .scalars()
            .all()
        )
    return [[tuple(row) for row in rows], list(jobs)]


def test_a_google_lead_comes_in_once(world: FlaskClient) -> None:
    source("google", {}, {"google_key": KEY})
    body = json.dumps(LEAD).encode()
    answers = [post(world, "google", body) for _ in range(2)]
    assert [(answer.status_code, answer.get_json()) for answer in answers] == [(200, {})] * 2
    assert [record for record, _ in kept()[0]] == [str(2**60 + 1)]


@pytest.mark.parametrize("kind", ["meta", "google", "linkedin", "reso", "adf"])
def test_forged_and_senseless_calls_change_nothing(world: FlaskClient, kind: str) -> None:
    settings: dict[str, Any] = {
        "meta": {"page_id": "77"}, "linkedin": {"owner": at_linkedin.OWNER}, "reso": {"root_url": "https://mls.example/odata"},
    }.get(kind, {})  # fmt: skip
    secrets = {
        "meta": META, "google": {"google_key": KEY}, "linkedin": {"client_secret": at_linkedin.SECRET},
        "reso": {"push_token": "told-you"}, "adf": {"key": KEY},
    }[kind]  # fmt: skip
    source(kind, settings, secrets)
    before = kept()
    forged = {"X-Hub-Signature-256": "sha256=00", "X-LI-Signature": "00", "Authorization": "Bearer no"}
    for headers in ({}, forged):
        answer = post(world, kind, b'{"google_key": "wrong"}', **headers)
        assert answer.status_code == 401 and answer.get_json()["error"]["message"].endswith(".")
    body = json.dumps({"google_key": KEY}).encode()
    genuine = {
        "meta": at_meta.signed(body), "linkedin": at_linkedin.signed(body), "reso": {"Authorization": "Bearer told-you"},
        "adf": {"Authorization": f"Bearer {KEY}"},
    }.get(kind, {})  # fmt: skip
    assert post(world, kind, body, **genuine).status_code == 400, "genuine, but nonsense"
    assert post(world, kind, b"x" * (600 << 10), **genuine).status_code == 413
    assert kept() == before


def test_without_permission_no_door_is_open(world: FlaskClient) -> None:
    source("google", {}, {"google_key": KEY}, permitted=False)
    assert post(world, "google", json.dumps(LEAD).encode()).status_code == 401
    assert kept() == [[], []]


def test_handshakes_are_answered(world: FlaskClient) -> None:
    source("meta", {"page_id": "77"}, META)
    source("linkedin", {"owner": at_linkedin.OWNER}, {"client_secret": at_linkedin.SECRET})
    good = {"hub.mode": "subscribe", "hub.verify_token": "handshake", "hub.challenge": "1158201444"}
    answer = world.get("/api/v1/webhooks/meta", query_string=good)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")
    assert world.get("/api/v1/webhooks/meta", query_string=good | {"hub.verify_token": "x"}).status_code == 401
    answer = world.get("/api/v1/webhooks/linkedin", query_string={"challengeCode": "c0de"})
    assert answer.get_json()["challengeCode"] == "c0de" and len(answer.get_json()["challengeResponse"]) == 64
    assert world.get("/api/v1/webhooks/linkedin", query_string={"challengeCode": "c0de", "source": "other"}).status_code == 401
    assert world.get("/api/v1/webhooks/linkedin").status_code == 401


def test_what_is_only_named_is_queued_once(world: FlaskClient) -> None:
    source("linkedin", {"owner": at_linkedin.OWNER}, {"client_secret": at_linkedin.SECRET})
    source("reso", {"root_url": "https://mls.example/odata"}, {"push_token": "told-you"})
    created = at_linkedin.action("r-1")
    for _ in range(2):
        assert post(world, "linkedin", created, **at_linkedin.signed(created)).get_json()["notices"] == 1
        assert post(world, "reso", json.dumps(EVENT).encode(), Authorization="Bearer told-you").status_code == 200
    assert kept()[1] == ["k1", "r-1"]
    other = at_linkedin.action("r-2", owner="urn:li:organization:9")
    assert post(world, "linkedin", other, **at_linkedin.signed(other)).get_json()["notices"] == 0


def test_prospects_by_post(world: FlaskClient) -> None:
    source("adf", {}, {"key": KEY})
    answer = world.post(f"/api/v1/webhooks/adf?key={KEY}", data=ADF, content_type="application/xml")
    assert answer.get_json() == {"received": True, "records": 1, "notices": 0}
    assert [record for record, _ in kept()[0]] == ["7"]


def files() -> list[FileRow]:
    with transaction() as session:
        return sourcing.list_files(session, actor=SYSTEM)


def refused(file_id: UUID) -> list[str]:
    with transaction() as session:
        return sourcing.refused_rows(session, actor=SYSTEM, file_id=file_id).decode("utf-8-sig").splitlines()[1:]


def test_posted_prospects_are_listed_as_files(world: FlaskClient) -> None:
    source("adf", {}, {"key": KEY})
    nobody = b"<prospect><id>8</id><customer><contact><name>Kim Lee</name></contact></customer></prospect>"
    two = ADF.replace(b"</adf>", nobody + b"</adf>")
    for _ in range(2):
        assert world.post(f"/api/v1/webhooks/adf?key={KEY}", data=two, content_type="application/xml").status_code == 200
    again, once = files()
    assert (once.door, once.name, once.who, once.state, once.rows) == ("adf", "ADF, 2 prospects", None, "done", 2)
    assert (once.quarantined, once.leads + once.nothing_new) == (2, 0), "neither says where"
    assert {line.partition(",")[0] for line in refused(once.id)} == {"7", "8"} and "Kim" not in str(refused(once.id))
    assert (again.nothing_new, again.quarantined, refused(again.id)) == (2, 0, []), "the same call brings nothing new"
    with transaction() as session:
        assert {run.cause for run in sourcing.list_runs(session, actor=SYSTEM)} == {"push"}


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> Iterator[None]:
    monkeypatch.setenv("HOTLEADS_SOURCE_PRIVATE_HOSTS", "127.0.0.1")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def test_a_lead_that_meta_names_is_fetched_by_the_job(world: FlaskClient, loopback: None, now: datetime) -> None:
    peer = MetaPeer()
    peer.add("1", str(2**60 + 1), 5, full_name="Pat Lee", email="pat@example.com", zip_code="89109")
    with serving(peer.app()) as url:
        source_id = source("meta", {"page_id": "77", "graph_url": url}, META)
        body = at_meta.leadgen(2**60 + 1)
        assert post(world, "meta", body, **at_meta.signed(body)).get_json()["notices"] == 1
        assert peer.asked == [], "answered before anything is fetched"
        with transaction() as session:
            payload = session.execute(text("select payload from outbox where kind = 'source.fetch'")).scalar_one()
            walk = sourcing.begin_fetch(session, source_id=source_id, now=clock.utc_now())
            rules = sourcing.rules_of(session, walk)
        found = ingest.fetch((walk, rules, payload), clock.utc_now())
        with transaction() as session:
            sourcing.fetched(session, walk=found[0], items=found[1], now=clock.utc_now())
        assert [record for record, _ in kept()[0]] == [str(2**60 + 1)]
        assert post(world, "meta", body, **at_meta.signed(body)).status_code == 200, "told again after it was fetched"
        again = ingest.fetch((walk, rules, payload), clock.utc_now())
        with transaction() as session:
            assert sourcing.fetched(session, walk=again[0], items=again[1], now=clock.utc_now()).unchanged == 1
    assert [record for record, _ in kept()[0]] == [str(2**60 + 1)]


def test_what_no_database_can_keep_is_left_out_of_a_lead(world: FlaskClient) -> None:
    source("google", {}, {"google_key": KEY})
    odd = [
        {"column_id": "FULL_NAME", "string_value": "Pat\0 \ud800Lee"},
        {"column_id": "EMAIL", "string_value": "pat@example.com"},
        {"column_id": "POSTAL_CODE", "string_value": "89109"},
        {"column_name": "Roof\0 age", "string_value": "12\0"},
    ]
    body = json.dumps(LEAD | {"lead_id": "a\0b", "user_column_data": odd, "gcl_id": "g\0"}).encode()
    assert post(world, "google", body).status_code == 200
    assert [record for record, _ in kept()[0]] == ["ab"]


def test_a_file_is_looked_at_and_taken_in_once(world: FlaskClient) -> None:
    source_id = source("upload", {"mapping": {"Cust": "name"}}, {})
    with transaction() as session:
        admin = a_user(session, clock.utc_now(), totp_secret=b"sealed", totp_confirmed_at=clock.utc_now())
        token = open_session(session, user=admin, ip=None, user_agent="", now=clock.utc_now()).token
    rows = b"Cust,E-Mail,ZIP,Extra\nPat,pat@example.com,89109,=1+1\nSam,sam@example.com,89109,x,too many\n"
    headers = {"Authorization": f"Bearer {token}"}

    def send(what: str, **fields: Any) -> TestResponse:
        data = {"file": (io.BytesIO(rows), "leads.csv")} | fields
        return world.post(f"/api/v1/admin/sources/{source_id}/files{what}", data=data, headers=headers)

    seen = send("/preview").get_json()["preview"]
    assert [column["field"] for column in seen["columns"]] == ["name", "email", "zip", "fact:extra"]
    assert (seen["rows"], seen["bad_rows"]) == (1, 1) and kept()[0] == []
    wrong = send("/preview", mapping='{"Nope": "name"}')
    assert wrong.status_code == 422 and "Nope" in wrong.get_json()["error"]["fields"]
    taken = send("").get_json()
    assert taken["counts"]["fetched"] == 1 and taken["problems"][0]["row"] == 3
    assert len(kept()[0]) == 1
    assert send("").get_json()["counts"]["unchanged"] == 1 and len(kept()[0]) == 1
    again, once = files()
    assert (once.door, once.name, once.who, once.state) == ("api", "leads.csv", admin.full_name, "done")
    assert (once.rows, once.bad_rows, once.leads, again.leads, again.nothing_new) == (1, 1, 1, 0, 1)
    assert [line.partition(",")[0] for line in refused(once.id)] == ["3"] and "too many" not in str(refused(once.id))
    errors = send("/errors")
    assert errors.mimetype == "text/csv" and "too many" in errors.text
    rows = b"Cust,E-Mail\n"
    assert "no rows" in send("").get_json()["error"]["message"] and len(files()) == 2
    assert world.post(f"/api/v1/admin/sources/{source_id}/files").status_code == 401


def test_a_file_that_broke_off_does_not_run_for_ever(world: FlaskClient, now: datetime) -> None:
    source_id = source("upload", {}, {})
    rows = b"Name,Email\nPat,pat@example.com\n"

    def begin(at: datetime) -> None:
        with transaction() as session:
            looked = sourcing.preview_file(rows)
            admin = an_admin(session, at)
            sourcing.begin_file(session, actor=admin, source_id=source_id, name="a", content=rows, looked=looked, now=at)

    begin(now)
    begin(now + timedelta(minutes=14))
    assert [file.state for file in files()] == ["running", "running"], "somebody else may be at it"
    begin(now + timedelta(minutes=16))
    assert [file.state for file in files()] == ["running", "running", "abandoned"]
