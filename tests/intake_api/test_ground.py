"""What every answer has, whatever the route: shape of errors, headers, limits on the body, origin."""

from typing import Any

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.kit.errors import Conflict, Gone, HotleadsError, Invalid, NotFound, TooMany, Unavailable
from intake_api.app import create_app
from intake_api.context import client_ip, json_body, limit_by_ip
from intake_api.errors import status_of
from intake_api.idempotency import idempotent


@pytest.fixture
def app(database: Engine) -> Flask:
    """The app with a few routes that only tests have."""
    app = create_app()

    @app.post("/api/v1/echo")
    def echo() -> Any:
        return jsonify(json_body())

    @app.route("/broken", methods=["GET", "POST"])
    @app.get("/api/v1/broken")
    def broken() -> Any:
        raise ZeroDivisionError("a bug")

    @app.get("/api/v1/ip")
    def ip() -> Any:
        return jsonify({"ip": client_ip()})

    @app.get("/api/v1/limited")
    def limited() -> Any:
        limit_by_ip("confirm")
        return jsonify({})

    @app.post("/api/v1/things")
    @idempotent
    def thing(session: Session) -> tuple[dict[str, Any], int]:
        body = json_body()
        if body.get("refuse"):
            raise Conflict("thing.refused", "No.")
        count = session.execute(text("insert into threshold values (gen_random_uuid()::text, '1', now(), gen_random_uuid())"))
        return {"made": count.rowcount}, 201  # type: ignore[attr-defined]

    return app


def things(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(text("select count(*) from threshold")).scalar_one())


def test_unknown_addresses_answer_in_the_readers_shape(client: FlaskClient) -> None:
    program, person = client.get("/api/v1/nothing"), client.get("/nothing")
    assert program.status_code == person.status_code == 404
    assert program.get_json()["error"] == {
        "code": "route.unknown",
        "message": "There is nothing at this address.",
        "fields": {},
        "correlation_id": program.headers["X-Correlation-ID"],
    }
    assert "<h1>Nothing here</h1>" in person.text and "<title>Nothing here – Hotleads</title>" in person.text


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/api/v1/echo")
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]
    assert answer.get_json()["error"]["code"] == "method.not_allowed"


def test_a_bug_is_told_without_its_details(client: FlaskClient) -> None:
    answer = client.get("/api/v1/broken")
    assert answer.status_code == 500 and "ZeroDivision" not in answer.text and "a bug" not in answer.text


def test_people_read_what_they_can_do_about_a_failure(client: FlaskClient) -> None:
    def told(path: str, **more: Any) -> str:
        return client.open(path, headers={"X-Correlation-ID": "abcdefgh-1"}, **more).text

    failed = told("/broken")
    assert "Try again" in failed and "abcdefgh-1" in failed and "a bug" not in failed
    assert "Try again" not in told("/broken", method="POST", data={}), "a form is sent by its own page"
    missing = told("/nothing")
    assert "front page" in missing and "Try again" not in missing and "abcdefgh-1" not in missing


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("a.b", "x"), 404),
        (Conflict("a.b", "x"), 409),
        (Gone("a.b", "x"), 410),
        (Invalid("a.b", "x"), 422),
        (TooMany("a.b", "x", retry_after_s=1), 429),
        (Unavailable("a.b", "x"), 503),
        (HotleadsError("a.b", "x"), 400),
    ],
)
def test_errors_map_to_status(error: HotleadsError, status: int) -> None:
    assert status_of(error) == status


def test_bodies_are_json_objects_of_a_sane_size(client: FlaskClient) -> None:
    def post(data: bytes | str, kind: str = "application/json") -> int:
        return client.post("/api/v1/echo", data=data, content_type=kind).status_code

    assert post('{"a": [1, "x"]}') == 200
    assert post("{}", "text/plain") == 415
    assert post("") == post("{") == post("[]") == post('{"a": NaN}') == post(b'{"a": "\xff"}') == 400
    assert post('{"a":' + "[" * 200_000) == 400
    assert post('{"a":' + "9" * 5000 + "}") == 400
    assert post('{"a":' + "[" * 50 + "]" * 50 + "}") == 422
    assert post('{"a": 1e308}') == 422
    assert post('{"a": "\\u0000"}') == post('{"a": "\\ud800"}') == post('{"\\u0000": 1}') == 422
    assert post(b'{"a": "\xed\xa0\x80"}') == 400, "half a character, written out"
    assert post('{"a": "\\u0000"}'.encode("utf-16")) == post('{"a": 1e308}'.encode("utf-32")) == 400, "JSON is UTF-8 (RFC 8259)"
    assert post('{"a": 1}'.encode("utf-8-sig")) == 200
    assert post('{"a": "' + "x" * 1_100_000 + '"}') == 413


def test_every_answer_carries_its_safety(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"X-Correlation-ID": "abcdefgh-1"})
    assert answer.headers["X-Correlation-ID"] == "abcdefgh-1"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    style = client.get("/assets/style.css")
    kind = client.get("/assets/type.woff2")
    assert kind.status_code == 200 and kind.content_type == "font/woff2" and "no-store" not in kind.headers["Cache-Control"]
    assert style.status_code == 200 and "max-age=31536000" in style.headers["Cache-Control"]
    style.close()
    kind.close()


def test_a_made_up_correlation_id_is_replaced(client: FlaskClient) -> None:
    assert client.get("/x", headers={"X-Correlation-ID": "<script>"}).headers["X-Correlation-ID"] != "<script>"


def test_used_up_limits_say_when_they_free(client: FlaskClient) -> None:
    answers = [client.get("/api/v1/limited") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[0].headers["X-RateLimit-Limit"] == "10" and answers[0].headers["X-RateLimit-Remaining"] == "9"
    assert answers[-1].headers["X-RateLimit-Remaining"] == "0" and int(answers[-1].headers["Retry-After"]) > 0


def test_forwarded_addresses_count_only_behind_trusted_proxies(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.kit import config

    def seen(hops: str) -> str:
        monkeypatch.setenv("HOTLEADS_TRUSTED_PROXIES", hops)
        config.settings.cache_clear()
        app = create_app()
        app.add_url_rule("/api/v1/ip", view_func=lambda: jsonify({"ip": client_ip()}))
        headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
        return str(app.test_client().get("/api/v1/ip", headers=headers).get_json()["ip"])

    assert (seen("0"), seen("1"), seen("2")) == ("127.0.0.1", "203.0.113.9", "6.6.6.6")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Authorization": "Bearer x", "Sec-Fetch-Site": "cross-site"}, 200),
    ],
)
def test_only_our_pages_act_with_the_cookie(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    client.set_cookie("hotleads_session", "some-token")
    assert client.post("/api/v1/echo", json={}, headers=headers).status_code == status


def test_without_a_cookie_only_foreign_forms_are_refused(client: FlaskClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/v1/echo", json={}, headers=foreign).status_code == 200
    assert client.post("/api/v1/echo", data={"a": "b"}, headers=foreign).status_code == 403


def test_a_repeated_key_acts_once(client: FlaskClient, database: Engine) -> None:
    def post(key: str, body: dict[str, Any]) -> Any:
        return client.post("/api/v1/things", json=body, headers={"Idempotency-Key": key})

    first, second = post("k1", {}), post("k1", {})
    assert first.status_code == second.status_code == 201 and first.get_json() == second.get_json()
    assert "Idempotency-Replayed" not in first.headers and second.headers["Idempotency-Replayed"] == "true"
    assert things(database) == 1
    assert post("k1", {"other": 1}).status_code == 409
    assert post("", {}).status_code == post("x" * 201, {}).status_code == 422
    assert post("k2", {"refuse": True}).status_code == 409 and things(database) == 1
    assert post("k2", {}).status_code == 201, "a failed request leaves its key free"
