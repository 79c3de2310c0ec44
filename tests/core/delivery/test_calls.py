"""Calls to a company's program: told once, signed, in order; whatever the receiver does, nothing is lost (SPEC 7.7)."""

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery
from core.delivery import SIGNATURE, signature_ok
from core.kit.ids import uuid7
from core.leads import ConsentEvent
from tests.core.delivery.conftest import Company, Round, sold
from tests.receiver import Receiver, endless, hangs_up, says


def log(session: Session, company: Company) -> list[delivery.DeliveryView]:
    return delivery.deliveries(session, actor=company.owner, endpoint_id=company.endpoint)


def test_a_sale_is_told_once_and_signed(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    made = sold(session, now, company.world, company.buyer, company.world.bob)
    assert [one.problem for one in calls(now)] == [None]
    (heard,) = receiver.heard
    told = json.loads(heard.body)
    assert told["event"] == "lead.assigned" and told["lead"]["id"] == str(made.id) and not told["test"]
    assert told["contact"]["name"] == "Pat Example" and told["contact"]["email"].endswith("@example.com")
    assert told["form"]["property_type"] == "house"
    assert signature_ok(heard.headers[SIGNATURE], heard.body, secret=company.made.secret, now=now)
    assert not signature_ok(heard.headers[SIGNATURE], heard.body + b" ", secret=company.made.secret, now=now)
    assert not signature_ok(heard.headers[SIGNATURE], heard.body, secret="whsec_other", now=now)
    assert not signature_ok(heard.headers[SIGNATURE], heard.body, secret=company.made.secret, now=now + timedelta(minutes=6))
    assert calls(now) == [], "told once"
    (row,) = log(session, company)
    assert (row.state, row.attempts, row.status) == ("delivered", 1, 200)
    assert heard.headers["Idempotency-Key"] == heard.headers["Hotleads-Delivery"] == str(row.id)


def test_reading_the_contact_is_in_the_trail_but_not_a_view(
    session: Session, now: datetime, company: Company, calls: Round
) -> None:
    made = sold(session, now, company.world, company.buyer)
    calls(now)
    read = session.execute(
        text("select actor_role from audit_entry where action = 'contact.read' and entity_id = :id"), {"id": made.lead_id}
    )
    assert read.scalars().all() == ["provider"]
    session.refresh(made)
    assert made.viewed_at is None


def test_what_a_receiver_refuses_does_not_hold_up_the_rest(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    for _ in range(3):
        sold(session, now, company.world, company.buyer)
    receiver.will(422)
    assert [one.status for one in calls(now)] == [422, 200, 200]
    assert sorted(row.state for row in log(session, company)) == ["delivered", "delivered", "waiting"]
    assert calls(now) == [], "not before its time"
    assert [one.status for one in calls(now + timedelta(seconds=11))] == [200]


@pytest.mark.parametrize("trouble", [says(503), says(401), says(307, location="/elsewhere"), hangs_up], ids=lambda t: t.__name__)
def test_a_receiver_in_trouble_is_left_alone_for_a_while(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round, trouble: object
) -> None:
    for _ in range(3):
        sold(session, now, company.world, company.buyer)
    receiver.will(trouble)  # type: ignore[arg-type]
    first = calls(now)
    assert len(first) == 1 and first[0].problem and len(receiver.heard) == 1
    assert calls(now + timedelta(seconds=5)) == []
    assert [one.problem for one in calls(now + timedelta(seconds=11))] == [None] * 3
    (endpoint,) = delivery.list_endpoints(session, actor=company.owner)
    assert endpoint.failures == 0 and endpoint.failing_since is None


def test_a_receiver_names_its_own_pause(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.buyer)
    receiver.will(says(429, Retry_After="600"))
    calls(now)
    assert calls(now + timedelta(seconds=599)) == []
    assert [one.status for one in calls(now + timedelta(seconds=601))] == [200]


def test_a_gigabyte_is_not_read(session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round) -> None:
    sold(session, now, company.world, company.buyer)
    receiver.will(endless)
    (sent,) = calls(now)
    assert sent.status == 200 and len(sent.answer) == 2_000


def test_a_private_address_is_not_called(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold(session, now, company.world, company.buyer)
    session.execute(text("update webhook_endpoint set url = :url"), {"url": receiver.url.replace("127.0.0.1", "localhost")})
    (sent,) = calls(now)
    assert sent.status is None and "private address" in (sent.problem or "") and receiver.heard == []


def test_what_a_receiver_echoes_is_not_kept(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.buyer)
    receiver.will(says(500, b'{"got": "pat.example@example.com", "call": "(702) 555-0142"}'))
    calls(now)
    (row,) = log(session, company)
    (attempt,) = delivery.attempts_of(session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=row.id)
    assert attempt.answer == '{"got": "[email]", "call": "[phone]"}'


def test_after_72_hours_it_is_switched_off_and_nothing_is_lost(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.buyer)
    moment, tries = now, 0
    while delivery.list_endpoints(session, actor=company.owner)[0].active:
        receiver.will(503)
        tries += bool(calls(moment))
        moment += timedelta(minutes=30)
        assert moment < now + timedelta(days=4)
    assert timedelta(hours=70) < moment - now < timedelta(hours=76) and 70 < tries < 80
    (endpoint,) = delivery.list_endpoints(session, actor=company.owner)
    assert endpoint.stopped_reason == "It answered 503."
    assert [row.state for row in log(session, company)] == ["failed"]
    mails = session.execute(text("select payload ->> 'template' from outbox where kind = 'email'")).scalars().all()
    assert mails.count("webhook_disabled") == 1
    receiver.answers.clear()
    delivery.switch_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, active=True, now=moment)
    assert delivery.replay_failed(session, actor=company.owner, endpoint_id=company.endpoint, now=moment) == 1
    assert delivery.replay_failed(session, actor=company.owner, endpoint_id=company.endpoint, now=moment) == 0, (
        "on its way already"
    )
    assert [one.status for one in calls(moment)] == [200]


def test_down_for_a_day_everything_arrives_afterwards(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    made = [str(sold(session, now, company.world, company.buyer).id) for _ in range(5)]
    for minute in range(0, 24 * 60, 20):
        receiver.will(503)
        calls(now + timedelta(minutes=minute))
    receiver.answers.clear()
    receiver.heard.clear()
    calls(now + timedelta(hours=25, minutes=1))
    assert [json.loads(heard.body)["lead"]["id"] for heard in receiver.heard] == made, "in their order"


def test_two_jobs_never_call_one_endpoint_at_once(session: Session, now: datetime, company: Company) -> None:
    sold(session, now, company.world, company.buyer)
    first = delivery.begin(session, endpoint_id=company.endpoint, now=now)
    assert first and len(first.calls) == 1
    assert delivery.begin(session, endpoint_id=company.endpoint, now=now) is None
    assert delivery.sweep(session, now=now) == 0
    later = now + timedelta(seconds=61)  # the job died: its endpoint is found and called
    assert delivery.sweep(session, now=later) == 1
    again = delivery.begin(session, endpoint_id=company.endpoint, now=later)
    assert again and again.calls[0].delivery_id == first.calls[0].delivery_id, (
        "the same id tells the receiver that it is the same"
    )


def test_other_companies_and_other_events_are_left_out(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.world.bob)
    assert calls(now) == []
    delivery.edit_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, events=["balance.low"], now=now)
    sold(session, now, company.world, company.buyer)
    assert calls(now) == []
    provider = company.buyer.provider.id
    for _ in range(2):
        delivery.announce(session, provider_id=provider, event="balance.low", subject="1", facts={"balance_cents": 7}, now=now)
    calls(now)
    assert [json.loads(heard.body)["balance_cents"] for heard in receiver.heard] == [7]


def test_a_revocation_tells_holders_without_the_persons_data(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    made = sold(session, now, company.world, company.buyer, company.world.bob)
    calls(now)
    assert delivery.announce_revoked(session, lead_id=made.lead_id, at=now, now=now) == 1
    calls(now)
    told = json.loads(receiver.heard[-1].body)
    assert told["event"] == "lead.revoked" and told["lead"]["id"] == str(made.id) and "contact" not in told


@pytest.mark.parametrize("kind", ["form", "salesforce", "hubspot"])
def test_the_templates_fill_their_fields(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round, kind: str
) -> None:
    made = delivery.add_endpoint(
        session, actor=company.owner, name=kind, url=receiver.url, kind=kind, authorization="Bearer pat-123", now=now
    )
    sold(session, now, company.world, company.buyer)
    calls(now, made.endpoint.id)
    (heard,) = receiver.heard
    assert heard.headers["Authorization"] == "Bearer pat-123"
    if kind == "hubspot":
        assert json.loads(heard.body)["properties"]["firstname"] == "Pat"
    else:
        fields = parse_qs(heard.body.decode())
        assert fields["first_name"] == ["Pat"] and fields["last_name"] == ["Example"] and fields["zip"] == ["89109"]


def test_own_fields_answers_and_fixed_words(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    mapping = {"Name": "contact.name", "Kind": "form.property_type", "Source": "=Hotleads & Co", "Gone": "form.nothing"}
    delivery.edit_endpoint(session, actor=company.owner, endpoint_id=company.endpoint, mapping=mapping, now=now)
    sold(session, now, company.world, company.buyer)
    calls(now)
    assert json.loads(receiver.heard[0].body) == {
        "Name": "Pat Example", "Kind": "house", "Source": "Hotleads & Co", "Gone": "",
    }  # fmt: skip


def test_a_sample_goes_out_signed_with_nobodys_data(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    delivery.test_send(session, actor=company.owner, endpoint_id=company.endpoint, now=now)
    calls(now)
    told = json.loads(receiver.heard[0].body)
    assert told["test"] is True and told["contact"]["email"] == "pat@example.com"
    assert signature_ok(receiver.heard[0].headers[SIGNATURE], receiver.heard[0].body, secret=company.made.secret, now=now)


def test_both_secrets_sign_for_a_day(session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round) -> None:
    fresh = delivery.rotate_secret(session, actor=company.owner, endpoint_id=company.endpoint, now=now)
    for moment, old in ((now, True), (now + timedelta(hours=25), False)):
        delivery.test_send(session, actor=company.owner, endpoint_id=company.endpoint, now=moment)
        calls(moment)
        heard = receiver.heard[-1]
        assert signature_ok(heard.headers[SIGNATURE], heard.body, secret=fresh.secret, now=moment)
        assert signature_ok(heard.headers[SIGNATURE], heard.body, secret=company.made.secret, now=moment) is old


def test_replay_tells_it_again_under_a_new_id(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.buyer)
    with pytest.raises(delivery.NothingToReplay):
        delivery.replay(
            session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=log(session, company)[0].id, now=now
        )
    calls(now)
    (row,) = log(session, company)
    again = delivery.replay(session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=row.id, now=now)
    calls(now)
    assert [heard.headers["Hotleads-Delivery"] for heard in receiver.heard] == [str(row.id), str(again)]
    with pytest.raises(delivery.NothingToReplay):
        delivery.replay(session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=uuid7(), now=now)


def test_a_delivery_is_judged_as_it_is_made_and_the_verdict_kept(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    made = sold(session, now, company.world, company.buyer)
    calls(now)
    told = json.loads(receiver.heard[-1].body)["policy"]
    assert (told["contact"], told["may_call_now"], told["call_from"], told["call_until"]) == ("given", True, "08:00", "21:00")
    session.add(ConsentEvent(id=uuid7(), lead_id=made.lead_id, event="revoked", wording="I agree.", wording_version="1", at=now))
    session.flush()
    (row,) = log(session, company)
    delivery.replay(session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=row.id, now=now)
    calls(now + timedelta(hours=13))
    again = json.loads(receiver.heard[-1].body)
    assert "contact" not in again and "form" not in again and again["policy"]["because"] == "no_consent"
    kept = session.execute(text("select judged from webhook_delivery order by id")).scalars().all()
    assert [one["contact"] for one in kept] == ["given", "withheld"] and kept[1] == again["policy"]
    assert [one["may_call_now"] for one in kept] == [True, False]


def test_a_company_that_may_not_see_leads_is_sent_none(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    """What was sold before it was suspended is told without the person; what they take back is told as ever (SPEC 1.3, 2.5)."""
    made = sold(session, now, company.world, company.buyer)
    session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": company.owner.provider_id})
    delivery.announce_revoked(session, lead_id=made.lead_id, at=now, now=now)
    calls(now)
    told = {document["event"]: document for document in (json.loads(heard.body) for heard in receiver.heard)}
    first = told["lead.assigned"]
    assert first["policy"]["because"] == "company_not_active" and not first["policy"]["may_call_now"]
    assert "contact" not in first and "form" not in first and "lead.revoked" in told
    session.execute(text("update provider set status = 'active' where id = :id"), {"id": company.owner.provider_id})
    (again,) = (row.id for row in log(session, company) if row.event == "lead.assigned")
    delivery.replay(session, actor=company.owner, endpoint_id=company.endpoint, delivery_id=again, now=now)
    calls(now)
    assert json.loads(receiver.heard[-1].body)["contact"]["name"] == "Pat Example"
