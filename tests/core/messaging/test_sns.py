"""Only what Amazon SNS signed, for a topic of ours, is believed (SPEC 11.3)."""

import json
from datetime import datetime

import pytest

from core import messaging
from core.kit import config
from core.kit.errors import Unavailable
from core.kit.ids import uuid7
from core.messaging import EventForged, EventMalformed, sns
from tests.snspeer import TOPIC, SnsPeer, ses_event


def body(fields: dict[str, str]) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("more", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_a_signed_call_is_opened_and_its_certificate_fetched_once(
    peer: SnsPeer, now: datetime, version: str, more: dict[str, str]
) -> None:
    for _ in range(3):
        call = peer.notification({"x": "first line\nsecond é"}, version=version, **more)
        opened = messaging.open_envelope(body(call), now=now)
        assert (opened.kind, opened.message_id, opened.topic) == ("Notification", call["MessageId"], TOPIC)
        assert json.loads(opened.message) == {"x": "first line\nsecond é"}
    assert peer.opened == ["/cert.pem"]


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "Subject"])
def test_a_changed_field_breaks_the_signature(peer: SnsPeer, now: datetime, field: str) -> None:
    call = peer.notification({"a": 1}) | {field: "something else"}
    with pytest.raises(EventForged, match="signature is wrong"):
        messaging.open_envelope(body(call), now=now)


def test_what_is_not_signed_or_strangely(peer: SnsPeer, now: datetime) -> None:
    call = peer.notification({"a": 1})
    for changed in ({"Signature": "AAAA"}, {"Signature": "no base64"}, {"SignatureVersion": "3"}, {"SignatureVersion": "1"}):
        with pytest.raises(EventForged):
            messaging.open_envelope(body(call | changed), now=now)


@pytest.mark.parametrize(
    "url",
    [
        "http://{host}/cert.pem",
        "https://sns.us-west-2.amazonaws.com.evil.example/cert.pem",
        "https://evil.example/cert.pem",
        "https://{host}@evil.example/cert.pem",
        "https://evil.example\\@{host}/cert.pem",
        "https://127.0.0.1/cert.pem",
        "file:///etc/passwd",
        "https://[/cert.pem",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_never_fetched(peer: SnsPeer, now: datetime, url: str) -> None:
    call = peer.signed({"Type": "Notification", "Message": "{}", "SigningCertURL": url.format(host=peer.host)})
    with pytest.raises(EventForged):
        messaging.open_envelope(body(call), now=now)
    assert peer.opened == []


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0.pem", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", True),
        ("https://sns.us-west-2.amazonaws.com:8443/x.pem", False),
        ("https://sns.us-west-2.amazonaws.co/x.pem", False),
        ("https://s3.us-west-2.amazonaws.com/x.pem", False),
        ("https://xsns.us-west-2.amazonaws.com/x.pem", False),
        ("http://sns.us-west-2.amazonaws.com/x.pem", False),
    ],
)
def test_amazons_own_hosts_are_allowed_when_none_are_named(monkeypatch: pytest.MonkeyPatch, url: str, good: bool) -> None:
    monkeypatch.setenv("HOTLEADS_SNS_HOSTS", "")
    config.settings.cache_clear()
    if good:
        assert sns._trusted(url) == url
    else:
        with pytest.raises(EventForged):
            sns._trusted(url)


def test_somebody_elses_topic_is_refused_before_anything_is_fetched(peer: SnsPeer, now: datetime) -> None:
    call = peer.signed({"Type": "Notification", "Message": "{}", "TopicArn": "arn:aws:sns:us-west-2:999999999999:mine"})
    with pytest.raises(EventForged, match="topic is not ours"):
        messaging.open_envelope(body(call), now=now)
    assert peer.opened == []


def test_a_certificate_has_its_time(peer: SnsPeer, now: datetime) -> None:
    with pytest.raises(EventForged, match="not valid today"):
        messaging.open_envelope(body(peer.notification({})), now=now.replace(year=2019))


def test_a_certificate_that_is_none_or_missing(peer: SnsPeer, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peer.pages, "/other.pem", b"<html>")
    call = peer.signed({"Type": "Notification", "Message": "{}", "SigningCertURL": f"{peer.url}/other.pem"})
    with pytest.raises(EventForged, match="holds is none"):
        messaging.open_envelope(body(call), now=now)
    call = peer.signed({"Type": "Notification", "Message": "{}", "SigningCertURL": f"{peer.url}/gone.pem"})
    with pytest.raises(Unavailable):
        messaging.open_envelope(body(call), now=now)


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b"{}", b'{"Type": "Notification"}', b'{"Type": 7}', b"[" * 100_000])
def test_what_is_no_call_of_sns(peer: SnsPeer, now: datetime, sent: bytes) -> None:
    with pytest.raises(EventMalformed):
        messaging.open_envelope(sent, now=now)


def test_a_handshake_opens_amazons_address_only(peer: SnsPeer, now: datetime) -> None:
    opened = messaging.open_envelope(body(peer.handshake()), now=now)
    messaging.confirm_subscription(opened)
    assert peer.opened == ["/cert.pem", "/confirm"]
    elsewhere = messaging.open_envelope(body(peer.handshake(SubscribeURL="https://evil.example/confirm")), now=now)
    with pytest.raises(EventForged, match="not at Amazon SNS"):
        messaging.confirm_subscription(elsewhere)
    gone = messaging.open_envelope(body(peer.handshake(SubscribeURL=f"{peer.url}/gone")), now=now)
    with pytest.raises(Unavailable):
        messaging.confirm_subscription(gone)


@pytest.mark.parametrize(
    ("kind", "part", "event", "bounce", "detail"),
    [
        ("Send", {}, "sent", None, None),
        ("Delivery", {}, "delivered", None, None),
        ("Open", {"userAgent": "x"}, "opened", None, None),
        ("Click", {"link": "https://x"}, "opened", None, "A link was opened."),
        ("DeliveryDelay", {"delayType": "MailboxFull"}, "deferred", None, "MailboxFull"),
        ("Reject", {"reason": "Bad content"}, "failed", None, "Bad content"),
        ("Rendering Failure", {"errorMessage": "no"}, "failed", None, "no"),
        ("Complaint", {"complaintFeedbackType": "abuse"}, "complained", None, "abuse"),
        (
            "Bounce",
            {"bounceType": "Permanent", "bouncedRecipients": [{"diagnosticCode": "550 no such user"}]},
            "bounced",
            "hard",
            "550 no such user",
        ),
        ("Bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "bounced", "soft", "MailboxFull"),
    ],
)
def test_what_ses_says_in_our_words(
    peer: SnsPeer, now: datetime, kind: str, part: dict[str, object], event: str, bounce: str | None, detail: str | None
) -> None:
    mail = uuid7()
    told = messaging.told_by_ses(
        messaging.open_envelope(body(peer.notification(ses_event(mail, kind, **part))), now=now), now=now
    )
    (found,) = told.events
    assert (found.message_id, found.event, found.bounce, found.detail) == (mail, event, bounce, detail)


def test_our_header_names_the_mail_where_tags_are_not_told(peer: SnsPeer, now: datetime) -> None:
    mail = uuid7()
    record = ses_event(None, "Delivery")
    record["notificationType"] = record.pop("eventType")
    record["mail"]["headers"] = [{"name": "X-Hotleads-Message", "value": str(mail)}]
    told = messaging.told_by_ses(messaging.open_envelope(body(peer.notification(record)), now=now), now=now)
    assert [event.message_id for event in told.events] == [mail]


@pytest.mark.parametrize(
    ("message", "unknown", "unreadable"),
    [
        ("not json", 0, 1),
        ("[]", 0, 1),
        ('{"eventType": "Subscription", "mail": {}}', 0, 1),
        ('{"eventType": "Send", "mail": {}}', 1, 0),
        ('{"eventType": "Send", "mail": {"tags": {"hotleads_message": ["x"]}}}', 1, 0),
        ('{"eventType": "Send", "mail": {"tags": [], "headers": {}}}', 1, 0),
        ('{"eventType": "Bounce", "mail": {"tags": {}}, "bounce": []}', 1, 0),
    ],
)
def test_what_says_nothing_of_our_mail_is_counted(
    peer: SnsPeer, now: datetime, message: str, unknown: int, unreadable: int
) -> None:
    told = messaging.told_by_ses(messaging.open_envelope(body(peer.notification(message)), now=now), now=now)
    assert (told.events, told.unknown, told.unreadable) == ((), unknown, unreadable)
