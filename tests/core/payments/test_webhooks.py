"""Events forged, repeated, stale, unknown, of other amounts: nothing wrong ever changes (SPEC 6.2)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit import clock, crypto
from core.payments.gateways import paypal_signature
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests.core.payments.paying import Headers, a_deposit, a_payer, accounts, paid_by, ref_of, row, take

BOTH = pytest.mark.parametrize("gateway", ["stripe", "paypal"])


def verified(signed: Signed, *, now: datetime | None = None) -> payments.Delivery:
    return payments.verify_webhook(signed.gateway, Headers(signed.headers), signed.body, now=now or clock.utc_now())


def altered(signed: Signed, **headers: str | None) -> Signed:
    kept = {name: value for name, value in (signed.headers | headers).items() if value is not None}
    return replace(signed, headers=kept)


@BOTH
def test_the_same_event_counts_once_however_often_it_comes(session: Session, gateways: Gateways, gateway: str) -> None:
    payer = a_payer(session, clock.utc_now())
    events = paid_by(gateways, session, a_deposit(session, payer, gateway), gateway)
    first = take(session, *events)
    assert "completed" in first and take(session, *events, *reversed(events)) == ["duplicate"] * 4
    assert accounts(session, payer) == {"wallet": 10_000, gateway: -10_000}


@BOTH
def test_an_event_handled_twice_says_what_it_said(session: Session, gateways: Gateways, gateway: str) -> None:
    payer = a_payer(session, clock.utc_now())
    for signed in paid_by(gateways, session, a_deposit(session, payer, gateway), gateway):
        now = clock.utc_now()
        taken = payments.receive_webhook(session, delivery=verified(signed), now=now).event_row
        assert taken is not None
        outcomes = {payments.handle_event(session, event_row=taken, now=now) for _ in range(3)}
        assert len(outcomes) == 1
    assert accounts(session, payer) == {"wallet": 10_000, gateway: -10_000}


STRIPE_FORGERIES: dict[str, Callable[[Signed], Signed]] = {
    "no signature": lambda s: altered(s, **{"Stripe-Signature": None}),
    "empty signature": lambda s: altered(s, **{"Stripe-Signature": ""}),
    "nonsense": lambda s: altered(s, **{"Stripe-Signature": "t=now,v1=x"}),
    "another secret": lambda s: altered(
        s, **{"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(s.body.decode(), "whsec_other")}
    ),
    "two times": lambda s: altered(s, **{"Stripe-Signature": "t=1," + s.headers["Stripe-Signature"]}),
    "old scheme only": lambda s: altered(s, **{"Stripe-Signature": s.headers["Stripe-Signature"].replace("v1=", "v0=")}),
    "another amount": lambda s: replace(s, body=s.body.replace(b"10000", b"99999")),
    "one blank more": lambda s: replace(s, body=s.body + b" "),
    "not text": lambda s: replace(s, body=b"\xff\xfe" + s.body),
    "no body": lambda s: replace(s, body=b""),
    "far too large": lambda s: replace(s, body=s.body + b" " * payments.LARGEST_BODY),
}
PAYPAL_FORGERIES: dict[str, Callable[[Signed], Signed]] = {
    "no signature": lambda s: altered(s, **{"Paypal-Transmission-Sig": None}),
    "not base64": lambda s: altered(s, **{"Paypal-Transmission-Sig": "***"}),
    "another signature": lambda s: altered(s, **{"Paypal-Transmission-Sig": "AAAA"}),
    "another time": lambda s: altered(s, **{"Paypal-Transmission-Time": "2026-11-04T00:00:00Z"}),
    "another id": lambda s: altered(s, **{"Paypal-Transmission-Id": "1"}),
    "weaker algorithm": lambda s: altered(s, **{"Paypal-Auth-Algo": "SHA1withRSA"}),
    "somebody's certificate": lambda s: altered(s, **{"Paypal-Cert-Url": "http://127.0.0.1:9/v1/notifications/certs/CERT-1"}),
    "somebody's host": lambda s: altered(
        s, **{"Paypal-Cert-Url": "https://api.paypal.com.example/v1/notifications/certs/CERT-1"}
    ),
    "no address": lambda s: altered(s, **{"Paypal-Cert-Url": None}),
    "another amount": lambda s: replace(s, body=s.body.replace(b"100.00", b"999.99")),
    "one blank more": lambda s: replace(s, body=s.body + b" "),
}


@pytest.mark.parametrize("how", STRIPE_FORGERIES)
def test_forged_events_of_stripe_change_nothing(session: Session, gateways: Gateways, how: str) -> None:
    payer = a_payer(session, clock.utc_now())
    for signed in paid_by(gateways, session, a_deposit(session, payer), "stripe"):
        with pytest.raises(payments.WebhookForged, match="nothing was changed"):
            take(session, STRIPE_FORGERIES[how](signed))
    assert accounts(session, payer) == {}


@pytest.mark.parametrize("how", PAYPAL_FORGERIES)
def test_forged_events_of_paypal_change_nothing(session: Session, gateways: Gateways, how: str) -> None:
    payer = a_payer(session, clock.utc_now())
    for signed in paid_by(gateways, session, a_deposit(session, payer, "paypal"), "paypal"):
        with pytest.raises(payments.WebhookForged, match="nothing was changed"):
            take(session, PAYPAL_FORGERIES[how](signed))
    assert accounts(session, payer) == {}


def test_a_signature_vouches_for_one_event_only(session: Session, gateways: Gateways) -> None:
    """PayPal signs a checksum that can be met by another body; the same transmission never brings in a second event."""
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, "paypal")
    approved, captured = paid_by(gateways, session, deposit, "paypal")
    first, second = verified(approved), verified(captured)
    assert payments.receive_webhook(session, delivery=first, now=clock.utc_now()).first
    reused = replace(second, transmission=first.transmission)
    assert not payments.receive_webhook(session, delivery=reused, now=clock.utc_now()).first


def test_our_check_and_the_sdks_agree(session: Session, gateways: Gateways) -> None:
    signed = gateways.stripe.tell("customer.created", {"id": "cus_1", "name": "Zoë"})
    two = signed.headers["Stripe-Signature"] + ",v1=" + "0" * 64
    for header in (signed.headers["Stripe-Signature"], two):
        assert stripe.WebhookSignature.verify_header(signed.body, header, gateways.keys.stripe_webhook, 300)
        assert verified(altered(signed, **{"Stripe-Signature": header})).event_id == signed.event["id"]


def test_stale_and_early_signatures_of_stripe(session: Session, gateways: Gateways) -> None:
    event = {"id": "evt_1", "object": "event", "type": "nothing.special", "data": {"object": {}}}
    now = datetime(2026, 11, 4, 18, tzinfo=UTC)
    for minutes, fine in ((-6, False), (-4, True), (0, True), (4, True), (6, False)):
        signed = gateways.stripe.signer.sign(event, at=now + timedelta(minutes=minutes))
        if fine:
            assert verified(signed, now=now).event_id == "evt_1"
        else:
            with pytest.raises(payments.WebhookForged, match="too old"):
                verified(signed, now=now)


def test_stale_and_early_signatures_of_paypal(session: Session, gateways: Gateways) -> None:
    event = {"id": "WH-1", "event_type": "NOTHING.SPECIAL", "resource": {}}
    now = clock.utc_now()
    for hours, fine in ((-97, False), (-95, True), (0, True), (1, False)):
        signed = gateways.paypal.signer.sign(event, at=now + timedelta(hours=hours))
        if fine:
            assert verified(signed, now=now).event_id == "WH-1"
        else:
            with pytest.raises(payments.WebhookForged, match="too old"):
                verified(signed, now=now)
    later = now + timedelta(days=400)
    with pytest.raises(payments.WebhookForged, match="certificate has run out"):
        verified(gateways.paypal.signer.sign(event, at=later), now=later)


def test_the_certificate_is_fetched_once_and_forgers_cause_few_fetches(session: Session, gateways: Gateways) -> None:
    paypal_signature.certificates = paypal_signature.Certificates()
    event = {"id": "WH-1", "event_type": "NOTHING.SPECIAL", "resource": {}}
    signed = gateways.paypal.signer.sign(event, at=clock.utc_now())
    for _ in range(5):
        verified(signed)
    unknown = [
        altered(signed, **{"Paypal-Cert-Url": f"{gateways.paypal.signer.base}/v1/notifications/certs/CERT-{n}"})
        for n in range(30)
    ]
    for forged in unknown:
        with pytest.raises((payments.WebhookForged, payments.GatewayUnreachable)):
            verified(forged)
    fetches = [path for _, path in gateways.requests if path.startswith("/v1/notifications/certs/")]
    assert fetches.count(gateways.paypal.signer.path) == 1 and len(fetches) <= paypal_signature.MOST_FETCHES
    verified(signed)
    paypal_signature.certificates = paypal_signature.Certificates()


@pytest.mark.parametrize("body", ["[]", "7", '"x"', "{}", '{"id": "evt_1"}', "not json"])
def test_signed_but_no_event(session: Session, gateways: Gateways, body: str) -> None:
    header = stripe.WebhookSignature.generate_signature_header(body, gateways.keys.stripe_webhook)
    with pytest.raises(payments.WebhookUnreadable):
        payments.verify_webhook("stripe", {"Stripe-Signature": header}, body.encode(), now=clock.utc_now())


def test_unknown_events_are_kept_and_change_nothing(session: Session, gateways: Gateways) -> None:
    stripe, paypal = gateways.stripe, gateways.paypal
    nobody = {"id": "cs_x", "client_reference_id": "01a20000-0000-7000-8000-000000000000", "payment_status": "paid"}
    nobody |= {"amount_total": 5_000, "currency": "usd", "payment_intent": "pi_x"}
    told = [
        stripe.tell("customer.created", {"id": "cus_1"}),
        stripe.tell("checkout.session.completed", nobody),
        stripe.tell(
            "checkout.session.completed", nobody | {"client_reference_id": "not ours", "id": None, "payment_intent": None}
        ),
        stripe.tell("checkout.session.completed", {}),
        stripe.tell("charge.dispute.created", {"id": "du_1"}),
        paypal.tell("CATALOG.PRODUCT.CREATED", "product", {}),
        paypal.tell("PAYMENT.CAPTURE.COMPLETED", "capture", {"id": "C1", "amount": {"value": "NaN", "currency_code": 7}}),
        paypal.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", {"purchase_units": "none"}),
        paypal.tell("CUSTOMER.DISPUTE.CREATED", "dispute", {"disputed_transactions": [{}], "links": 3}),
    ]
    before = session.execute(text("select count(*) from transfer")).scalar_one()
    outcomes = take(session, *told)
    assert outcomes == ["ignored", "unknown", "unknown", "unknown", "unknown", "ignored", "unknown", "unknown", "unknown"]
    assert session.execute(text("select count(*) from transfer")).scalar_one() == before


@pytest.mark.parametrize(("cents", "currency"), [(9_999, None), (1_000_000, None), (None, "eur")])
def test_another_amount_or_currency_credits_nothing_and_is_shown(
    session: Session, gateways: Gateways, cents: int | None, currency: str | None
) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer)
    outcomes = take(session, *gateways.stripe.pay(ref_of(session, deposit), amount=cents, currency=currency))
    assert outcomes == ["mismatch", "mismatch"] and accounts(session, payer) == {}
    found = row(session, deposit)
    assert found.status == "pending" and found.problem and "we asked for 100.00 USD" in found.problem


def test_another_amount_at_paypal(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, "paypal")
    ref = ref_of(session, deposit)
    gateways.paypal.approve(ref)
    told = [*gateways.paypal.capture(ref, value="100.001"), *gateways.paypal.capture(ref, currency="EUR")]
    assert take(session, *told) == ["mismatch", "mismatch"] and accounts(session, payer) == {}


def test_paid_twice_is_credited_once_and_shown(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, "paypal")
    take(session, *paid_by(gateways, session, deposit, "paypal"))
    assert take(session, *gateways.paypal.capture(ref_of(session, deposit))) == ["mismatch"]
    assert accounts(session, payer) == {"wallet": 10_000, "paypal": -10_000}
    assert "second time" in str(row(session, deposit).problem)


def test_another_gateways_event_with_our_id_is_unknown(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, "stripe")
    capture = {"id": "C9", "custom_id": str(deposit), "amount": {"value": "100.00", "currency_code": "USD"}}
    assert take(session, gateways.paypal.tell("PAYMENT.CAPTURE.COMPLETED", "capture", capture)) == ["unknown"]
    assert accounts(session, payer) == {}


def test_the_body_is_kept_encrypted(session: Session, gateways: Gateways) -> None:
    thing = {"id": "cs_1", "customer_details": {"email": "pat@example.com"}}
    take(session, gateways.stripe.tell("checkout.session.expired", thing))
    sealed = session.execute(text("select sealed from payment_event order by id desc limit 1")).scalar_one()
    assert b"pat@example" not in bytes(sealed)
    assert json.loads(crypto.unseal(bytes(sealed), purpose="webhook"))["data"]["object"] == thing


def test_old_bodies_are_forgotten_and_what_became_of_them_stays(session: Session, gateways: Gateways) -> None:
    thing = {"id": "cs_1", "customer_details": {"email": "pat@example.com"}}
    session.execute(text("delete from outbox where kind = 'payment.webhook'"))
    take(session, gateways.stripe.tell("checkout.session.expired", thing))
    now = clock.utc_now()
    assert payments.forget_event_bodies(session, before=now - timedelta(days=1), most=10) == 0
    later = now + timedelta(minutes=5)
    assert payments.count_event_bodies(session, before=later, most=10) == 1
    assert payments.forget_event_bodies(session, before=later, most=10) == 1
    assert payments.count_event_bodies(session, before=later, most=10) == 0
    kept = session.execute(text("select sealed, outcome from payment_event order by id desc limit 1")).one()
    assert tuple(kept) == (None, "unknown")
