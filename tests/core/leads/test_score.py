"""Signals gathered from real rows, scores stored, auto-approval, a call when the queue was empty (SPEC 3.4, 10.2)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, scoring
from core.kit import config
from core.kit.actor import SYSTEM, Actor
from core.kit.ids import SYSTEM_USER_ID
from core.leads import Lead
from core.leads.erasing import erase
from core.leads.signals import gather
from tests.builders import STRIP
from tests.core.leads.world import NOBODY, VISITOR, World, a_request, actions, confirmed, jobs, status, submitted
from tests.queued import mails

DETAILS = "The roof leaks above the kitchen since the storm, please call in the evening."


def person(name: str = "Pat Example", email: str = "pat@example.com", phone: str = "702 234 8891") -> dict[str, Any]:
    return {"contact": {"name": name, "email": email, "phone": phone}}


def test_an_honest_request_looks_clean(session: Session, now: datetime, world: World) -> None:
    home = {"street": "1 Main St", "city": "Las Vegas", "state": "NV"}
    form = {"property_type": "house", "details": DETAILS}
    lead_id = submitted(session, now, world.niche, **person(), address=home, form_data=form)
    leads.confirm(session, token=_token(session, lead_id), ip=None, user_agent=None, now=now + timedelta(minutes=10))
    found = gather(session, lead_id)
    assert (found.disposable_domain, found.fake_phone, found.area_code, found.address_in_zip) == (False, False, "zip", True)
    assert (found.optional_asked, found.optional_answered, found.detail_words, found.confirmed_after_s) == (2, 1, 14, 600.0)
    assert (found.gibberish, found.copied_text, found.street_given, found.pin_given, found.ip_in_market) == (
        0,
        0,
        True,
        False,
        None,
    )
    assert scoring.fraud(found).value == 0 and scoring.quality(found).value > 70


@pytest.mark.parametrize(
    ("changes", "signal", "value"),
    [
        (person(email="pat@mailinator.com"), "disposable_domain", True),
        (person(email="pat@sub.mailinator.com"), "disposable_domain", True),
        (person(phone="702 222 2222"), "fake_phone", True),
        (person(phone="(212) 234-8891"), "area_code", "elsewhere"),
        (person(phone="(775) 234-8891"), "area_code", "state"),
        (person(phone="+44 20 7183 8750"), "area_code", "elsewhere"),
        (person(name="Asdf Qwerty"), "gibberish", 1.0),
        ({"form_data": {"property_type": "house", "details": "sdfgsdfgsdfg jxqvz"}}, "gibberish", 1.0),
        ({"address": {"street": "1 Main St", "city": "Boston", "state": "MA"}}, "address_in_zip", False),
        ({"address": {"street": "1 Main St", "city": "N. Las Vegas"}}, "address_in_zip", True),
        ({"point": {"lat": STRIP[1] + 0.2, "lon": STRIP[0]}}, "pin_given", True),
        (
            {"consent": {"agreed": True, "version": "2026-11.5", "certificate_url": "https://c.example/1"}},
            "certificate_given",
            True,
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_sign_is_seen(
    session: Session, now: datetime, world: World, changes: dict[str, Any], signal: str, value: object
) -> None:
    found = gather(session, submitted(session, now, world.niche, **changes))
    assert getattr(found, signal) == value
    if signal == "pin_given":
        assert 15_000 < (found.pin_outside_zip_m or 0) < 23_000


def test_reserved_names_are_suspicious_outside_demo_and_tests(
    session: Session, now: datetime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id = submitted(session, now, world.niche, **person(phone="702 555 0142"))
    assert not gather(session, lead_id).reserved_domain and not gather(session, lead_id).fake_phone
    monkeypatch.setenv("HOTLEADS_ENV", "development")
    config.settings.cache_clear()
    found = gather(session, lead_id)
    monkeypatch.undo()
    config.settings.cache_clear()
    assert found.reserved_domain and found.fake_phone


def test_velocity_counts_what_came_before(session: Session, now: datetime, world: World) -> None:
    first = submitted(session, now, world.niche, 1)
    for minutes in (30, 50):  # the same person again: duplicates count
        leads.submit(session, submission=a_request(world.niche, 1), actor=VISITOR, now=now + timedelta(minutes=minutes))
    other = submitted(session, now + timedelta(minutes=59), world.niche, 2)
    late = leads.submit(session, submission=a_request(world.niche, 1), actor=VISITOR, now=now + timedelta(hours=23)).lead_id
    seen = {name: gather(session, lead_id) for name, lead_id in (("first", first), ("other", other), ("late", late))}
    assert (seen["first"].email_leads_day, seen["first"].ip_leads_hour) == (0, 0)
    assert (seen["other"].email_leads_day, seen["other"].ip_leads_hour) == (0, 3)
    assert (seen["late"].email_leads_day, seen["late"].phone_leads_day, seen["late"].ip_leads_hour) == (3, 3, 0)


def test_the_same_words_from_another_person_are_seen(session: Session, now: datetime, world: World) -> None:
    form = {"property_type": "house", "details": DETAILS}
    submitted(session, now, world.niche, 1, form_data=form)
    shouted = {"property_type": "land", "details": DETAILS.upper().replace(" ", "  ")}
    copied = submitted(session, now, world.niche, 2, form_data=shouted)
    short = submitted(session, now, world.niche, 3, form_data={"property_type": "house", "details": "Call me."})
    assert gather(session, copied).copied_text == 1 and gather(session, short).copied_text == 0
    assert "kitchen" not in str(session.execute(text("select text_key from lead")).all())


def test_who_was_copied_later_is_not_blamed(session: Session, now: datetime, world: World) -> None:
    form = {"property_type": "house", "details": DETAILS}
    first = submitted(session, now, world.niche, 1, form_data=form)
    copied = submitted(session, now + timedelta(minutes=1), world.niche, 2, form_data=form)
    assert (gather(session, first).copied_text, gather(session, copied).copied_text) == (0, 1)


def test_a_partners_server_is_nobodys_own_address(session: Session, now: datetime, world: World) -> None:
    program = Actor(SYSTEM_USER_ID, "system", ip="203.0.113.7")
    for number in range(1, 6):
        given = a_request(world.niche, number, source="partner")
        lead_id = leads.submit(session, submission=given, actor=program, now=now + timedelta(minutes=number)).lead_id
    found = gather(session, lead_id)
    assert (found.ip_leads_hour, found.ip_in_market) == (0, None)
    beside = submitted(session, now + timedelta(minutes=9), world.niche, 9)
    assert gather(session, beside).ip_leads_hour == 0


def test_a_score_that_comes_after_the_erasure_knows_nobody_any_more(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.score(session, lead_id, now=now)
    erase(session, actor=SYSTEM, lead_ids=[lead_id], reason="asked", now=now)
    session.expire_all()
    before = session.get_one(Lead, lead_id)
    kept = (before.fraud, before.quality, before.facts, before.updated_at)
    leads.score(session, lead_id, now=now + timedelta(minutes=1))
    session.expire_all()
    after = session.get_one(Lead, lead_id)
    assert (after.fraud, after.quality, after.facts, after.updated_at) == kept
    assert session.execute(text("select count(*) from score where lead_id = :id"), {"id": lead_id}).scalar_one() == 2


def test_scores_are_stored_and_become_facts(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.score(session, lead_id, now=now)
    session.expire_all()
    lead, stored = session.get_one(Lead, lead_id), scoring.latest(session, lead_id)
    assert (lead.fraud, lead.quality) == (stored["fraud"].value, stored["quality"].value)
    assert lead.facts["fraud"] == lead.fraud and lead.facts["quality"] == lead.quality and lead.facts["property_type"] == "house"
    leads.score(session, lead_id, now=now)
    assert session.execute(text("select count(*) from score where lead_id = :id"), {"id": lead_id}).scalar_one() == 4
    assert status(session, lead_id) == "pending_approval"


def test_auto_approval_is_off_unless_the_niche_says_so(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche, 1)
    leads.score(session, lead_id, now=now)
    assert status(session, lead_id) == "pending_approval"
    _auto(session, world, min_quality=10, max_fraud=0.2)
    good, shady = confirmed(session, now, world.niche, 2), confirmed(session, now, world.niche, 3, **person(name="Asdf Qwerty"))
    unsellable = confirmed(session, now, world.niche, 4)
    leads.block_contact(session, actor=world.admin, phone="702 234 1004", reason="asked", now=now)
    for each in (good, shady, unsellable):
        leads.score(session, each, now=now)
    assert [status(session, each) for each in (good, shady, unsellable)] == ["approved", "pending_approval", "pending_approval"]
    assert jobs(session, "distribution.run") == [str(good)]
    entry = session.execute(text("select actor_id, actor_role, memo from audit_entry where action = 'lead.approved'")).one()
    assert (entry.actor_id, entry.actor_role) == (SYSTEM_USER_ID, "system") and entry.memo.startswith("By rule: quality")


def test_auto_approval_needs_both_scores(session: Session, now: datetime, world: World) -> None:
    _auto(session, world, min_quality=100, max_fraud=1)
    lead_id = confirmed(session, now, world.niche)
    leads.score(session, lead_id, now=now)
    assert status(session, lead_id) == "pending_approval"


def test_admins_are_called_when_the_queue_was_empty(session: Session, now: datetime, world: World) -> None:
    first, second = confirmed(session, now, world.niche, 1), submitted(session, now, world.niche, 2)
    leads.score(session, first, now=now)
    leads.confirm(session, token=_token(session, second), ip=None, user_agent=None, now=now)
    leads.score(session, second, now=now)
    (mail,) = mails(session, "lead_pending")
    assert mail["context"]["niche"] == world.niche.name and mail["key"].endswith(str(first))


def test_scoring_an_unconfirmed_lead_decides_nothing(session: Session, now: datetime, world: World) -> None:
    _auto(session, world, min_quality=0, max_fraud=1)
    lead_id = submitted(session, now, world.niche)
    leads.score(session, lead_id, now=now)
    assert status(session, lead_id) == "pending_confirmation" and actions(session, lead_id) == ["lead.submitted"]
    assert mails(session, "lead_pending") == []


def test_a_lead_that_does_not_exist(session: Session, now: datetime) -> None:
    with pytest.raises(leads.LeadNotFound):
        leads.score(session, NOBODY, now=now)
    with pytest.raises(leads.LeadNotFound):
        gather(session, NOBODY)


def _auto(session: Session, world: World, *, min_quality: int, max_fraud: float) -> None:
    session.execute(
        text("update niche set auto_approve = true, auto_approve_min_quality = :q, auto_approve_max_fraud = :f where id = :id"),
        {"q": min_quality, "f": max_fraud, "id": world.niche.id},
    )


def _token(session: Session, lead_id: UUID) -> str:
    (mail,) = [mail for mail in mails(session, "lead_confirmation") if mail["lead_id"] == str(lead_id)]
    return str(mail["link"]).rsplit("token=", 1)[1]
