"""Questions to the house and its answers (SPEC 7.8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit import crypto, logs
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from tests.builders import a_provider, a_user
from tests.core.providers.people import an_analyst

ASKED = {"subject": "A deposit is missing", "message": "I paid on Monday and see nothing of it."}


@pytest.fixture
def people(session: Session, now: datetime) -> Any:
    class People:
        provider = a_provider(session, now, company_name="Desert Roofing")
        user = a_user(session, now, role="provider", provider_id=provider.id, full_name="Sam Rivera")
        me = Actor(user_id=user.id, role="provider", provider_id=provider.id)
        staff = a_user(session, now, role="admin", full_name="Alex Admin")
        admin = Actor(user_id=staff.id, role="admin")
        rival = Actor(user_id=user.id, role="provider", provider_id=a_provider(session, now).id)

    return People


def letters(session: Session, template: str) -> list[Any]:
    wanted = "select payload, sealed from outbox where kind = 'email' and payload ->> 'template' = :t order by id"
    rows = session.execute(text(wanted), {"t": template})
    return [(row.payload, crypto.unseal(row.sealed, purpose="outbox")) for row in rows]


def test_a_question_reaches_the_admins_and_its_answer_the_asker(session: Session, now: datetime, people: Any) -> None:
    made = providers.ask_support(session, actor=people.me, **ASKED, code="01JBZ4ABCD", page="Wallet", now=now)
    assert (made.status, made.correlation_id, made.subject, made.page) == ("open", "01JBZ4ABCD", ASKED["subject"], "Wallet")
    payload, sealed = letters(session, "support_request")[0]
    assert payload["context"]["company"] == "Desert Roofing" and payload["context"]["reference"] == "01JBZ4ABCD"
    assert sealed == {"subject": ASKED["subject"]} and ASKED["message"] not in str(payload)
    inbox = providers.support_requests(session, actor=people.admin, status="open")
    assert [(line.id, line.company_name, line.asker) for line in inbox] == [(made.id, "Desert Roofing", "Sam Rivera")]
    answer = "It arrived this morning and is in your wallet."
    providers.answer_support(session, actor=people.admin, request_id=made.id, message=answer, now=now + timedelta(hours=1))
    payload, sealed = letters(session, "support_answered")[0]
    assert payload["user_id"] == str(people.user.id)
    assert sealed == {"subject": ASKED["subject"], "answer": answer}
    mine = providers.support_thread(session, actor=people.me, request_id=made.id, now=now)
    assert mine.request.status == "answered"
    assert [(said.author, said.text) for said in mine.messages] == [("Sam Rivera", ASKED["message"]), ("Support", answer)]
    theirs = providers.support_thread(session, actor=people.admin, request_id=made.id, now=now)
    assert [said.author for said in theirs.messages] == ["Sam Rivera", "Alex Admin"]


def test_writing_again_opens_it_again(session: Session, now: datetime, people: Any) -> None:
    made = providers.ask_support(session, actor=people.me, **ASKED, now=now)
    providers.add_to_support(session, actor=people.me, request_id=made.id, message="Still nothing to see.", now=now)
    assert len(letters(session, "support_request")) == 1, "an open request needs no second mail"
    providers.answer_support(session, actor=people.admin, request_id=made.id, message="Please look again.", now=now)
    later = now + timedelta(minutes=5)
    providers.add_to_support(session, actor=people.me, request_id=made.id, message="Nothing at all, sorry.", now=later)
    assert len(letters(session, "support_request")) == 2
    thread = providers.support_thread(session, actor=people.me, request_id=made.id, now=now)
    assert (thread.request.status, thread.request.messages) == ("open", 4)


def test_a_call_without_a_code_keeps_its_own(session: Session, now: datetime, people: Any) -> None:
    token = logs.correlation_id.set("call-12345678")
    try:
        made = providers.ask_support(session, actor=people.me, **ASKED, now=now)
    finally:
        logs.correlation_id.reset(token)
    assert made.correlation_id == "call-12345678"
    trail = session.execute(text("select action, after from audit_entry where entity_id = :id"), {"id": made.id}).one()
    assert trail.action == "support.asked" and ASKED["message"] not in str(trail.after)
    assert len(providers.ask_support(session, actor=people.me, **ASKED, now=now).correlation_id) >= 6


def test_what_is_asked_is_stored_encrypted(session: Session, now: datetime, people: Any) -> None:
    providers.ask_support(session, actor=people.me, **ASKED, now=now)
    stored = session.execute(text("select to_jsonb(m)::text from support_message m")).scalar_one()
    assert "deposit" not in stored


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 151}, "subject"),
        ({"message": "short"}, "message"),
        ({"message": "x" * 5001}, "message"),
        ({"code": "a b"}, "code"),
        ({"code": "x" * 65}, "code"),
    ],
)
def test_every_wrong_field_is_named(session: Session, now: datetime, people: Any, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        providers.ask_support(session, actor=people.me, **ASKED | wrong, now=now)
    assert list(refused.value.fields) == [field]
    assert session.execute(text("select count(*) from support_request")).scalar_one() == 0


def test_ten_requests_may_be_open(session: Session, now: datetime, people: Any) -> None:
    made = [providers.ask_support(session, actor=people.me, **ASKED, now=now) for _ in range(10)]
    with pytest.raises(providers.TooManyOpen):
        providers.ask_support(session, actor=people.me, **ASKED, now=now)
    providers.answer_support(session, actor=people.admin, request_id=made[0].id, message="It is there now.", now=now)
    providers.ask_support(session, actor=people.me, **ASKED, now=now)
    first = providers.support_requests(session, actor=people.me, limit=4)
    rest = providers.support_requests(session, actor=people.me, before_id=first[-1].id, limit=100)
    assert [line.id for line in first + rest] == sorted((line.id for line in first + rest), reverse=True)
    assert len(first + rest) == 11


def test_another_companys_requests_do_not_exist(session: Session, now: datetime, people: Any) -> None:
    made = providers.ask_support(session, actor=people.me, **ASKED, now=now)
    with pytest.raises(providers.SupportNotFound):
        providers.support_thread(session, actor=people.rival, request_id=made.id, now=now)
    with pytest.raises(providers.SupportNotFound):
        providers.add_to_support(session, actor=people.rival, request_id=made.id, message="Let me in, please.", now=now)
    assert providers.support_requests(session, actor=people.rival) == []
    for outsider in (people.me, an_analyst()):
        with pytest.raises(Forbidden):
            providers.answer_support(session, actor=outsider, request_id=made.id, message="Not mine to answer.", now=now)
    with pytest.raises(Forbidden):
        providers.support_requests(session, actor=an_analyst())


def test_a_suspended_company_may_still_ask(session: Session, now: datetime, people: Any) -> None:
    providers.set_status(
        session, actor=people.admin, provider_id=people.provider.id, status="suspended", reason="A chargeback", now=now
    )
    assert providers.ask_support(session, actor=people.me, **ASKED, now=now).status == "open"
