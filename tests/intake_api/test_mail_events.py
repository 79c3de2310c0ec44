"""The two doors by which sending services tell of mail: signed calls change it once, forged ones nothing (SPEC 11.3)."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from core import messaging
from core.kit import clock, config
from core.kit.db import transaction
from tests.core.messaging.sent import sent_mail
from tests.snspeer import SnsPeer, ses_event

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def message(client: FlaskClient) -> UUID:
    with transaction() as session:
        messaging.seed_templates(session, now=clock.utc_now())
        return sent_mail(session, clock.utc_now())


@pytest.fixture
def sendgrid_key(monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> Iterator[None]:
    public = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setenv("HOTLEADS_SENDGRID_WEBHOOK_KEY", base64.b64encode(public).decode())
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def by_sns(client: FlaskClient, call: dict[str, str]) -> TestResponse:
    """As SNS posts: JSON that says it is plain text, without a cookie."""
    headers = {"x-amz-sns-message-type": call.get("Type", ""), "User-Agent": "Amazon Simple Notification Service Agent"}
    return client.post("/api/v1/webhooks/ses", data=json.dumps(call), content_type="text/plain; charset=UTF-8", headers=headers)


def by_sendgrid(client: FlaskClient, records: Any, *, sign: bytes | None = None) -> TestResponse:
    body = json.dumps(records).encode()
    signature = KEY.sign(b"1793815200" + (body if sign is None else sign), ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1793815200",
    }
    return client.post("/api/v1/webhooks/sendgrid", data=body, content_type="application/json", headers=headers)


def everything() -> list[Any]:
    with transaction() as session:
        return [
            session.execute(text(f"select * from {table} order by 1")).all()
            for table in ("email_event", "email_suppression", "email_event_tally", "audit_entry")
        ] + [session.execute(text("select status from email_message")).scalars().all()]


def status() -> str:
    with transaction() as session:
        return str(session.execute(text("select status from email_message")).scalar_one())


def test_ses_tells_of_a_delivery_once(peer: SnsPeer, client: FlaskClient, message: UUID) -> None:
    call = peer.notification(ses_event(message, "Delivery"))
    assert by_sns(client, call).get_json() == {"taken": 1, "repeated": 0, "unknown": 0, "unreadable": 0}
    assert by_sns(client, call).get_json() == {"taken": 0, "repeated": 1, "unknown": 0, "unreadable": 0}
    assert status() == "delivered"


def test_a_bounce_told_by_ses_ends_mail_to_the_address(peer: SnsPeer, client: FlaskClient, message: UUID) -> None:
    bounce = ses_event(message, "Bounce", bounceType="Permanent", bouncedRecipients=[{"diagnosticCode": "550 gone"}])
    assert by_sns(client, peer.notification(bounce)).status_code == 200
    with transaction() as session:
        assert messaging.is_suppressed(session, address="pat@example.com")


def test_forged_calls_of_sns_change_nothing(peer: SnsPeer, client: FlaskClient, message: UUID) -> None:
    before = everything()
    good = peer.notification(ses_event(message, "Complaint"))
    elsewhere = peer.signed({"Type": "Notification", "Message": good["Message"], "SigningCertURL": "https://evil.example/c.pem"})
    for call, code in (
        (good | {"Message": good["Message"].replace("Complaint", "Delivery")}, 401),
        (good | {"Signature": base64.b64encode(b"x" * 256).decode()}, 401),
        (good | {"TopicArn": "arn:aws:sns:us-west-2:999999999999:mine"}, 401),
        (elsewhere, 401),
        ({name: value for name, value in good.items() if name != "Signature"}, 400),
        ({}, 400),
    ):
        answer = by_sns(client, call)
        assert answer.status_code == code, answer.text
        assert answer.get_json()["error"]["message"].endswith(".")
    assert everything() == before


def test_a_subscription_is_confirmed_at_amazon_only(peer: SnsPeer, client: FlaskClient) -> None:
    assert by_sns(client, peer.handshake()).get_json() == {"subscription": "confirmed"}
    assert peer.opened == ["/cert.pem", "/confirm"]
    assert by_sns(client, peer.handshake(SubscribeURL="https://evil.example/c")).status_code == 401
    assert by_sns(client, peer.handshake(SubscribeURL=f"{peer.url}/gone")).status_code == 503
    with transaction() as session:
        (entry,) = session.execute(
            text("select after ->> 'topic' as topic from audit_entry where action = 'mail.events_confirmed'")
        )
    assert entry.topic.endswith(":mail-events")


def test_sendgrid_tells_a_batch_once(sendgrid_key: None, client: FlaskClient, message: UUID) -> None:
    records = [
        {"event": "open", "hotleads_message": str(message), "sg_event_id": "2", "timestamp": 1793815200},
        {"event": "delivered", "hotleads_message": str(message), "sg_event_id": "1", "timestamp": 1793815100},
        {"event": "delivered", "hotleads_message": str(message), "sg_event_id": "1", "timestamp": 1793815100},
        {"event": "delivered", "sg_event_id": "9"},
        "odd",
    ]
    assert by_sendgrid(client, records).get_json() == {"taken": 2, "repeated": 1, "unknown": 1, "unreadable": 1}
    assert by_sendgrid(client, records).get_json()["taken"] == 0
    assert status() == "opened"


def test_forged_calls_of_sendgrid_change_nothing(sendgrid_key: None, client: FlaskClient, message: UUID) -> None:
    before = everything()
    records = [{"event": "spamreport", "hotleads_message": str(message), "sg_event_id": "1"}]
    assert by_sendgrid(client, records, sign=b"[]").status_code == 401
    plain = client.post("/api/v1/webhooks/sendgrid", json=records)
    assert plain.status_code == 401 and plain.get_json()["error"]["code"] == "event.signature"
    assert by_sendgrid(client, {"not": "a list"}).status_code == 400
    assert everything() == before


def test_forged_calls_are_counted_and_signed_ones_are_not(sendgrid_key: None, client: FlaskClient, message: UUID) -> None:
    call = {"Type": "Notification", "MessageId": "1", "TopicArn": "t", "Timestamp": "x", "Message": "{}", "Signature": "AAAA"}
    forged = [client.post("/api/v1/webhooks/sendgrid", json=[]) for _ in range(40)] + [by_sns(client, call) for _ in range(21)]
    assert [answer.status_code for answer in forged] == [401] * 60 + [429]
    assert forged[-1].headers["X-RateLimit-Limit"] == "60"
    assert by_sendgrid(client, []).status_code == 200


def test_without_settings_nobody_is_believed(client: FlaskClient, message: UUID) -> None:
    answer = by_sendgrid(client, [])
    assert answer.status_code == 401 and "HOTLEADS_SENDGRID_WEBHOOK_KEY" in answer.get_json()["error"]["message"]
    call = {"Type": "Notification", "MessageId": "1", "TopicArn": "t", "Timestamp": "x", "Message": "{}", "Signature": "AAAA"}
    answer = by_sns(client, call)
    assert answer.status_code == 401 and "HOTLEADS_SNS_TOPICS" in answer.get_json()["error"]["message"]
