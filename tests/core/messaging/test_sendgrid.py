"""SendGrid's events: believed when signed over time and body by its key (SPEC 11.3)."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import messaging
from core.kit import config
from core.kit.ids import uuid7
from core.messaging import EventForged, EventMalformed, Told

KEY = ec.generate_private_key(ec.SECP256R1())


def public(key: Any) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signature(body: bytes, timestamp: str = "1793815200", key: ec.EllipticCurvePrivateKey = KEY) -> str:
    return base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()


@pytest.fixture(autouse=True)
def key_is_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_key(monkeypatch, public(KEY))
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def set_key(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HOTLEADS_SENDGRID_WEBHOOK_KEY", text)
    config.settings.cache_clear()


def tell(records: object, now: datetime) -> Told:
    body = json.dumps(records).encode()
    return messaging.told_by_sendgrid(body, signature=signature(body), timestamp="1793815200", now=now)


def test_a_batch_in_our_words(now: datetime) -> None:
    mail = str(uuid7())
    kinds = ["processed", "deferred", "delivered", "open", "click", "bounce", "spamreport", "dropped"]
    records = [
        {"event": kind, "hotleads_message": mail, "sg_event_id": f"id-{kind}", "timestamp": 1793815100, "reason": "because"}
        for kind in kinds
    ]
    told = tell([*records, {"event": "bounce", "type": "blocked", "hotleads_message": mail, "sg_event_id": "soft"}], now)
    assert [event.event for event in told.events] == [
        *("sent", "deferred", "delivered", "opened", "opened", "bounced", "complained", "failed", "bounced")
    ]
    assert [event.bounce for event in told.events if event.event == "bounced"] == ["hard", "soft"]
    assert told.events[0].at == datetime.fromtimestamp(1793815100, UTC) and told.events[5].detail == "because"
    assert {str(event.message_id) for event in told.events} == {mail}


def test_the_message_id_we_gave_names_the_mail_too(now: datetime) -> None:
    mail = uuid7()
    told = tell([{"event": "delivered", "smtp-id": f"<{mail}@hotleads.example>", "sg_event_id": "a"}], now)
    assert [event.message_id for event in told.events] == [mail]


def test_one_bad_event_does_not_spoil_its_batch(now: datetime) -> None:
    good = {"event": "open", "hotleads_message": str(uuid7()), "sg_event_id": "x"}
    told = tell([7, None, {}, {"event": ["open"]}, {"event": "group_resubscribe"}, {"event": "open"}, good], now)
    assert len(told.events) == 1 and told.unreadable == 5 and told.unknown == 1


@pytest.mark.parametrize("odd", [None, True, "x", -1e30, 1e30, float(10**18), [], {}])
def test_an_odd_time_is_now(now: datetime, odd: object) -> None:
    (event,) = tell([{"event": "open", "hotleads_message": str(uuid7()), "sg_event_id": "x", "timestamp": odd}], now).events
    assert event.at == now or odd == -1e30


def test_an_event_without_an_id_has_the_same_one_each_time(now: datetime) -> None:
    record = {"event": "open", "hotleads_message": str(uuid7()), "timestamp": 1}
    first, again = tell([record], now), tell([dict(reversed(record.items()))], now)
    assert first.events[0].source_id == again.events[0].source_id
    (long,) = tell([record | {"sg_event_id": "\u0000" + "x" * 500}], now).events
    assert len(long.source_id) <= 100 and long.source_id.isprintable()


def test_a_changed_body_time_or_key_is_refused(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"[]"
    right = signature(body)
    other = ec.generate_private_key(ec.SECP256R1())
    tries = [
        (b"[ ]", right, "1793815200"),
        (body, right, "1793815201"),
        (body, signature(body, key=other), "1793815200"),
        (body, "", "1793815200"),
        (body, "%%%", "1793815200"),
        (body, right[:-8], "1793815200"),
    ]
    for sent, signed, timestamp in tries:
        with pytest.raises(EventForged):
            messaging.told_by_sendgrid(sent, signature=signed, timestamp=timestamp, now=now)
    rsa_key = public(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    for key in ("", "AAAA", rsa_key):
        set_key(monkeypatch, key)
        with pytest.raises(EventForged, match="HOTLEADS_SENDGRID_WEBHOOK_KEY"):
            messaging.told_by_sendgrid(body, signature=right, timestamp="1793815200", now=now)


@pytest.mark.parametrize("records", [{}, "x", 3, [{}] * 5001])
def test_a_body_that_is_no_list_of_events(now: datetime, records: object) -> None:
    with pytest.raises(EventMalformed):
        tell(records, now)
