"""Intake: what is stored, what is refused and how, and what a warm cache must not hide (SPEC 2.2, 2.5, 2.8)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import leads
from core.kit import config
from core.leads import ConsentEvent, Contact, Lead
from core.niches import FormSchema
from tests.builders import SCHEMA, STRIP, a_niche
from tests.core.leads.world import VISITOR, World, a_request, actions, submitted
from tests.queued import mails


def test_a_request_is_stored_whole(session: Session, now: datetime, world: World) -> None:
    request = a_request(
        world.niche,
        contact={"name": " Pat  Example ", "email": "Pat.Example@Example.COM", "phone": "702 234 5678"},
        address={"street": "123 North Main Street", "unit": "Apartment 4", "city": "Las Vegas", "state": "nv", "zip": "89109"},
        zip=None,
        attribution={"utm_source": "news", "unheard_of": 1},
    )
    done = leads.submit(session, submission=request, actor=VISITOR, now=now)
    lead = session.get_one(Lead, done.lead_id)
    contact = session.get_one(Contact, lead.contact_id)
    assert (done.status, lead.status, lead.source) == ("pending_confirmation", "pending_confirmation", "form")
    assert (contact.email, contact.email_key) == ("Pat.Example@example.com", "pat.example@example.com")
    assert (contact.phone, contact.street, contact.unit) == ("+17022345678", "123 North Main Street", "Apartment 4")
    assert (contact.city, contact.state) == ("Las Vegas", "NV")
    assert lead.form_data == {"property_type": "house", "bedrooms": 3}
    assert lead.facts["county"] == "Clark" and lead.facts["bedrooms"] == 3 and lead.facts["submitted_on"] == "2026-11-04"
    assert lead.attribution == {"utm_source": "news"}
    assert (lead.location_source, lead.accuracy_m, str(lead.submitted_ip)) == ("zip", 3000, "203.0.113.7")
    assert actions(session, lead.id) == ["lead.submitted"]


def test_consent_is_kept_word_for_word(session: Session, now: datetime, world: World) -> None:
    consent = {
        "agreed": True,
        "version": "2026-12.5",
        "page_url": "https://a.example/f",
        "certificate_url": "https://c.example/1",
    }
    lead_id = submitted(session, now, world.niche, consent=consent)
    event = session.scalars(select(ConsentEvent).where(ConsentEvent.lead_id == lead_id)).one()
    shown = leads.consent_text(niche_name=world.niche.name, max_providers=5)
    assert shown is not None and event.wording == shown.text and "up to 5 companies" in event.wording
    assert (event.event, event.wording_version, event.sellers[0], event.channels) == (
        "given",
        "2026-12.5",
        "Hotleads",
        ["phone", "text", "email"],
    )
    assert (str(event.ip), event.user_agent) == (VISITOR.ip, VISITOR.user_agent)
    assert (event.page_url, event.certificate_url) == ("https://a.example/f", "https://c.example/1")


def test_a_sender_with_its_own_form_tells_its_words(session: Session, now: datetime, world: World) -> None:
    consent = {"agreed": True, "version": "acme-3", "text": "Acme may\npass this on.", "sellers": ["Acme"], "channels": ["phone"]}
    lead_id = submitted(session, now, world.niche, consent=consent)
    event = session.scalars(select(ConsentEvent).where(ConsentEvent.lead_id == lead_id)).one()
    assert (event.wording, event.wording_version, event.sellers) == ("Acme may\npass this on.", "acme-3", ["Acme"])


def test_nobody_files_other_words_under_our_version(session: Session, now: datetime, world: World) -> None:
    ours = leads.consent_text(niche_name=world.niche.name, max_providers=5)
    assert ours is not None
    quoted = {"agreed": True, "version": ours.version, "text": f"{ours.text}\n", "sellers": ["Others"]}
    lead_id = submitted(session, now, world.niche, consent=quoted)
    event = session.scalars(select(ConsentEvent).where(ConsentEvent.lead_id == lead_id)).one()
    assert (event.wording, tuple(event.sellers), tuple(event.channels)) == (ours.text, ours.sellers, ours.channels)
    for version, wrong in ((ours.version, "Give your text a version of its own"), ("2026-11.4", "has changed")):
        with pytest.raises(leads.SubmissionInvalid) as refused:
            submitted(session, now, world.niche, 2, consent=quoted | {"text": "Call me.", "version": version})
        assert wrong in refused.value.fields["consent.version"]
    assert submitted(session, now, world.niche, 3, consent=quoted | {"text": "Call me.", "version": "2026-11"})


def test_the_mail_carries_a_link_that_no_table_shows(session: Session, now: datetime, world: World) -> None:
    lead_id = submitted(session, now, world.niche)
    (mail,) = mails(session, "lead_confirmation")
    token = mail["link"].rsplit("token=", 1)[1]
    assert mail["lead_id"] == str(lead_id) and mail["context"] == {"niche": world.niche.name} and len(token) >= 43
    row = session.execute(text("select * from outbox where kind = 'email'")).one()
    assert token not in str(row) and "example.com" not in str(row)


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"contact": {"name": "", "email": "no", "phone": "12"}}, {"contact.name", "contact.email", "contact.phone"}),
    ({"contact": {"name": 5, "email": ["x"], "phone": {}}}, {"contact.name", "contact.email", "contact.phone"}),
    ({"contact": {"name": "\x07", "email": "a@b", "phone": "+999999999999"}}, {"contact.name", "contact.email", "contact.phone"}),
    ({"contact": "Pat"}, {"contact"}),
    ({"zip": "8910"}, {"zip"}),
    ({"zip": "00000"}, {"zip"}),
    ({"zip": 89109}, {"zip"}),
    ({"zip": None}, {"zip"}),
    ({"zip": None, "address": {"zip": "x"}}, {"address.zip"}),
    ({"address": {"street": "x" * 300, "city": 4}}, {"address.street", "address.city"}),
    ({"address": 12}, {"address"}),
    ({"point": {"lat": 91, "lon": True, "accuracy_m": -1}}, {"point.lat", "point.lon", "point.accuracy_m"}),
    ({"point": "here"}, {"point"}),
    ({"form_data": {"property_type": "castle", "bedrooms": 99}}, {"form_data.property_type", "form_data.bedrooms"}),
    ({"form_data": {}}, {"form_data.property_type"}),
    ({"form_data": []}, {"form_data"}),
    ({"consent": {"agreed": "yes", "version": "2026-11.5"}}, {"consent.agreed"}),
    ({"consent": {"agreed": True}}, {"consent.version"}),
    ({"consent": {"agreed": True, "version": "2026-11.4"}}, {"consent.version"}),
    ({"consent": {"agreed": True, "version": "2026-11.5", "page_url": "javascript:x"}}, {"consent.page_url"}),
    ({"consent": {"agreed": True, "version": "a", "text": 1, "sellers": "x"}}, {"consent.text", "consent.sellers"}),
    ({"attribution": {"utm_source": 5, "referrer": "x" * 600}}, {"attribution.utm_source", "attribution.referrer"}),
    ({"attribution": []}, {"attribution"}),
    ({"niche": 7}, {"niche"}),
    ({"contact": {}, "zip": "x", "form_data": {}, "consent": {}},
     {"contact.name", "contact.email", "contact.phone", "zip", "form_data.property_type", "consent.agreed"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "fields"), WRONG, ids=lambda value: ",".join(sorted(value)) if isinstance(value, set) else ""
)
def test_every_wrong_field_is_named(
    session: Session, now: datetime, world: World, changes: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(leads.SubmissionInvalid) as refused:
        leads.submit(session, submission=a_request(world.niche, **changes), actor=VISITOR, now=now)
    assert set(refused.value.fields) == fields and all(refused.value.fields.values())
    assert session.scalar(select(Lead.id)) is None


def test_what_telephones_and_web_pages_copy_along_is_no_fault(session: Session, now: datetime, world: World) -> None:
    given = a_request(
        world.niche,
        contact={
            "name": " Pat\u00a0 Example ",
            "email": "\u202dpat@example.com\u202c\u00a0",
            "phone": "\u202d(702) 234-1001\u202c",
        },
        address={"street": "1\u00a0Main St\u200e", "city": "Las\u00a0Vegas", "state": "Nevada"},
        zip="\u202a89109\u202c",
        attribution={"utm_term": " ", "utm_source": "", "utm_campaign": "spring\u00a0sale\u200b", "referrer": None},
    )
    lead = session.get_one(Lead, leads.submit(session, submission=given, actor=VISITOR, now=now).lead_id)
    person = session.get_one(Contact, lead.contact_id)
    assert (person.full_name, person.email, person.phone) == ("Pat Example", "pat@example.com", "+17022341001")
    assert (person.street, person.city, person.state, lead.zip) == ("1 Main St", "Las Vegas", "NV", "89109")
    assert lead.attribution == {"utm_campaign": "spring sale"}


def test_an_address_in_lines_is_one_in_parts(session: Session, now: datetime, world: World) -> None:
    given = a_request(world.niche, address="1 Main St\nLas Vegas, NV 89109\n", zip=None)
    lead = session.get_one(Lead, leads.submit(session, submission=given, actor=VISITOR, now=now).lead_id)
    person = session.get_one(Contact, lead.contact_id)
    assert (person.street, person.city, person.state) == ("1 Main St", "Las Vegas", "NV")


def test_a_consent_text_is_kept_to_the_letter(session: Session, now: datetime, world: World) -> None:
    words = "I agree\u00a0that you call me.\n\n  See the terms."
    consent = {"agreed": True, "version": "own-1", "text": words, "sellers": [" Acme\u00a0Roofing "], "channels": ["phone "]}
    lead_id = submitted(session, now, world.niche, consent=consent)
    (event,) = session.scalars(select(ConsentEvent).where(ConsentEvent.lead_id == lead_id))
    assert (event.wording, event.sellers, event.channels) == (words, ["Acme Roofing"], ["phone"])
    for unstorable in ("a\x00b", "a\ud800b", "a\x07b"):
        with pytest.raises(leads.SubmissionInvalid):
            submitted(session, now, world.niche, 2, consent=consent | {"text": unstorable})


def test_outside_every_market_is_said(session: Session, now: datetime, world: World) -> None:
    for changes, field in (({"zip": "10001"}, "zip"), ({"point": {"lat": 40.7, "lon": -74.0}}, "point")):
        with pytest.raises(leads.OutsideMarkets) as refused:
            leads.submit(session, submission=a_request(world.niche, **changes), actor=VISITOR, now=now)
        assert set(refused.value.fields) == {field}


def test_unknown_and_closed_niches_are_not_found(session: Session, now: datetime, world: World) -> None:
    closed = a_niche(session, now, status="closed")
    for niche in ("no-such-niche", closed.slug, str(closed.id)):
        with pytest.raises(leads.NicheClosed):
            leads.submit(session, submission=a_request(world.niche, niche=niche), actor=VISITOR, now=now)


def test_a_niche_closed_a_moment_ago_takes_nothing(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche, 1)  # now the niche is in memory
    session.execute(text("update niche set status = 'closed' where id = :id"), {"id": world.niche.id})
    with pytest.raises(leads.NicheClosed):
        leads.submit(session, submission=a_request(world.niche, 2), actor=VISITOR, now=now)


def test_a_market_closed_a_moment_ago_takes_nothing(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche, 1)
    session.execute(text("update market set status = 'closed' where id = :id"), {"id": world.market.id})
    with pytest.raises(leads.OutsideMarkets):
        leads.submit(session, submission=a_request(world.niche, 2), actor=VISITOR, now=now)


def test_a_form_changed_a_moment_ago_is_the_one_that_counts(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche, 1)
    schema = {"fields": [*SCHEMA["fields"], {"key": "roof_age", "label": "Roof age", "type": "number", "required": True}]}
    session.add(FormSchema(niche_id=world.niche.id, version=2, schema=schema, created_by=world.admin.user_id, created_at=now))
    session.flush()
    session.execute(text("update niche set schema_version = 2 where id = :id"), {"id": world.niche.id})
    with pytest.raises(leads.SubmissionInvalid) as refused:
        leads.submit(session, submission=a_request(world.niche, 2), actor=VISITOR, now=now)
    assert set(refused.value.fields) == {"form_data.roof_age"}
    assert session.get(Lead, submitted(session, now, world.niche, 3, form_data={"property_type": "land", "roof_age": 1}))
    answered = a_request(world.niche, 2, form_data={"property_type": "house", "roof_age": 12})
    lead = session.get_one(Lead, leads.submit(session, submission=answered, actor=VISITOR, now=now).lead_id)
    assert lead.schema_version == 2 and lead.form_data["roof_age"] == 12


def test_a_pin_is_the_place_and_a_far_zip_is_refused(session: Session, now: datetime, world: World) -> None:
    lon, lat = STRIP
    point = {"lat": lat + 0.01, "lon": lon}
    lead_id = submitted(session, now, world.niche, point=point)
    row = session.execute(
        text("select location_source, accuracy_m, ST_Y(location) from lead where id = :id"), {"id": lead_id}
    ).one()
    assert tuple(row) == ("pin", 30, lat + 0.01)
    with pytest.raises(leads.SubmissionInvalid) as refused:
        leads.submit(session, submission=a_request(world.niche, 2, point=point, zip="10001"), actor=VISITOR, now=now)
    assert set(refused.value.fields) == {"zip"}
    by_pin_alone = submitted(session, now, world.niche, 3, point=point, zip=None)
    assert session.get_one(Lead, by_pin_alone).zip == "89109"


def test_the_job_brings_the_address_into_postal_form_or_flags_it(session: Session, now: datetime, world: World) -> None:
    readable = submitted(session, now, world.niche, 1, address="123 North Main Street, Las Vegas, NV 89109", zip=None)
    unreadable = submitted(session, now, world.niche, 2, address="behind the old mill, 89109", zip=None)
    found = {}
    for lead_id in (readable, unreadable):
        leads.score(session, lead_id, now=now)
        contact = session.get_one(Contact, session.get_one(Lead, lead_id).contact_id)
        found[lead_id] = (contact.street, contact.address_review)
    assert found == {readable: ("123 N MAIN ST", False), unreadable: ("behind the old mill", True)}


def test_reserved_names_are_for_the_demo_only(
    session: Session, now: datetime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = {"name": "Pat Example", "email": "pat@example.com", "phone": "(702) 555-0142"}
    request = a_request(world.niche, contact=person)
    monkeypatch.setenv("HOTLEADS_ENV", "development")
    config.settings.cache_clear()
    with pytest.raises(leads.SubmissionInvalid) as refused:
        leads.submit(session, submission=request, actor=VISITOR, now=now)
    assert set(refused.value.fields) == {"contact.email", "contact.phone"}
    monkeypatch.setenv("HOTLEADS_DEMO", "true")
    config.settings.cache_clear()
    assert leads.submit(session, submission=request, actor=VISITOR, now=now).status == "pending_confirmation"
    monkeypatch.undo()
    config.settings.cache_clear()


def test_people_on_the_list_are_refused_without_a_word_why(session: Session, now: datetime, world: World) -> None:
    leads.block_contact(session, actor=world.admin, phone="(702) 234-1001", reason="asked by phone", now=now)
    with pytest.raises(leads.NotAccepted) as refused:
        leads.submit(session, submission=a_request(world.niche, 1), actor=VISITOR, now=now)
    assert "list" not in refused.value.message and "contact" not in refused.value.message
    assert session.scalar(select(Lead.id)) is None and session.scalar(select(Contact.id)) is None
    leads.unblock_contact(session, actor=world.admin, phone="702 234 1001", reason="changed their mind", now=now)
    assert submitted(session, now, world.niche, 1)


def test_the_body_of_the_api_becomes_a_submission(world: World) -> None:
    body = {"niche": "roofing", "zip": "89109", "address": None, "source": "connector", "unknown": 1}
    given = leads.Submission.of(body, source="api")
    assert (given.niche, given.zip, given.address, given.source) == ("roofing", "89109", None, "api")
    assert replace(given, niche="x").niche == "x"


def test_the_day_in_the_facts_is_the_markets(session: Session, now: datetime, world: World) -> None:
    late = now.replace(hour=3) + timedelta(days=1)  # 5 November 03:00 UTC is still the 4th in Las Vegas
    lead = session.get_one(Lead, submitted(session, late, world.niche))
    assert lead.facts["submitted_on"] == "2026-11-04"


def test_a_new_question_is_known_at_once(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche, 1)
    schema = {"fields": [*SCHEMA["fields"], {"key": "pool", "label": "Pool", "type": "checkbox", "required": False}]}
    session.add(FormSchema(niche_id=world.niche.id, version=2, schema=schema, created_by=world.admin.user_id, created_at=now))
    session.flush()
    session.execute(text("update niche set schema_version = 2 where id = :id"), {"id": world.niche.id})
    answered = a_request(world.niche, 2, form_data={"property_type": "house", "pool": True})
    assert leads.submit(session, submission=answered, actor=VISITOR, now=now).status == "pending_confirmation"


def test_consent_must_name_the_sellers_of_today(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche, 1)
    session.execute(text("update niche set max_providers = 7 where id = :id"), {"id": world.niche.id})
    with pytest.raises(leads.SubmissionInvalid) as refused:
        leads.submit(session, submission=a_request(world.niche, 2), actor=VISITOR, now=now)
    assert set(refused.value.fields) == {"consent.version"}
    newer = a_request(world.niche, 2, consent={"agreed": True, "version": "2026-11.7"})
    assert leads.submit(session, submission=newer, actor=VISITOR, now=now).status == "pending_confirmation"
