"""All that an admin needs for an answer, in one read (SPEC 7.4)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import inbox, leads, messaging, providers, returns, scoring
from core.kit import outbox, outbox_due
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.leads import Contact, Lead
from core.scoring import Reason, Scored
from tests.core.returns.court import ADMIN, ANALYST, MEMO, Court

WORDS = "Call 702-555-0142, nobody there"


def file_of(court: Court, claim: returns.Claim, **more: object) -> returns.Evidence:
    return returns.evidence(court.session, actor=more.get("actor", ADMIN), claim_id=claim.id, now=court.now)  # type: ignore[arg-type]


def test_the_receipt_of_delivery(court: Court) -> None:
    sale = court.sold()[0]
    messaging.seed_templates(court.session, now=court.now)
    court.session.execute(text("select id from outbox where key = :k"), {"k": f"new_lead:{sale.id}"}).one()
    _deliver_mails(court)
    later = court.now + timedelta(minutes=9)
    inbox.open_assignment(court.session, actor=court.ann, assignment_id=sale.id, now=later)
    told = file_of(court, court.report(court.ann, sale)).delivery
    assert (told.assigned_at, told.viewed_at, told.contact_reads, told.last_read_at) == (court.now, later, 1, later)
    (mail,) = told.mails
    assert mail.status == "sent" and [event for event, _ in mail.events] == ["queued", "sent"]


def test_who_read_the_evidence_is_in_the_trail_once(court: Court) -> None:
    claim = court.report(court.ann, court.sold()[0])
    for reader in (ADMIN, ADMIN, ANALYST):
        file_of(court, claim, actor=reader)
    asked = text("select actor_id, entity_id, after ->> 'report' from audit_entry where action = 'report.read' order by id")
    assert [tuple(row) for row in court.session.execute(asked)] == [
        (reader.user_id, claim.id, "evidence of a claim") for reader in (ADMIN, ANALYST)
    ]


def _deliver_mails(court: Court) -> None:
    """What the worker does with every mail that waits: spread to people, write down, send."""
    for _ in range(2):
        for push in outbox_due.due(court.session, now=court.now):
            job = outbox.take(court.session, push.id, now=court.now)
            assert job is not None
            if job.kind == "email" and "provider_id" in job.payload:
                messaging.fan_out(court.session, job=job, now=court.now)
            elif job.kind == "email":
                reader = messaging.user_recipient(court.session, user_id=UUID(job.payload["user_id"]))
                assert reader is not None
                letter = messaging.prepare(court.session, job=job, recipient=reader, now=court.now)
                assert letter is not None
                messaging.record_sent(court.session, letter=letter, now=court.now)
            outbox.finish(court.session, job, now=court.now)


def test_what_the_exchange_knew_of_the_lead(court: Court) -> None:
    claim = court.claim()
    scored = Scored(0.7, (Reason("gibberish", "Name or text look typed at random.", 0.7),))
    scoring.store(court.session, lead_id=claim.lead_id, kind="fraud", scored=scored, now=court.now)
    file = file_of(court, claim)
    assert file.validation.fraud and file.validation.fraud.value == pytest.approx(0.7)
    assert file.validation.fraud.reasons == ("Name or text look typed at random.",)
    assert (file.validation.quality, file.validation.location_source, file.validation.accuracy_m) == (None, "zip", 3000)
    assert file.validation.confirmed_at == court.now - timedelta(minutes=5)
    assert [(line.event, line.wording_version) for line in file.consents] == [("given", "1")]
    assert file.suggestion and file.suggestion.verdict == "class_credit", "Bob holds it too"


def test_how_the_other_buyers_fared(court: Court) -> None:
    ann, bob = court.sold()
    inbox.accept(court.session, actor=court.bob, assignment_id=bob.id, now=court.now)
    inbox.record_outcome(court.session, actor=court.bob, assignment_id=bob.id, outcome="won", now=court.now)
    inbox.rate(court.session, actor=court.bob, assignment_id=bob.id, stars=5, now=court.now)
    theirs = court.report(court.bob, bob, "invalid_contact")
    (other,) = file_of(court, court.report(court.ann, ann)).others
    assert (other.outcome, other.rating, other.claim_reason, other.claim_status) == ("won", 5, "invalid_contact", "pending")
    assert other.claim_id == theirs.id and other.refunded_at is None


def test_the_same_person_bought_before(court: Court) -> None:
    first, second = court.sold()[0], court.sold(slots=0)[0]
    contact = court.session.get_one(Contact, court.session.get_one(Lead, first.lead_id).contact_id)
    twin = court.session.get_one(Contact, court.session.get_one(Lead, second.lead_id).contact_id)
    twin.phone_key = contact.phone_key
    court.session.flush()
    file = file_of(court, court.report(court.ann, second, "duplicate"))
    assert [seen.lead_id for seen in file.sold_before] == [first.lead_id]
    assert file.suggestion and file.suggestion.verdict == "approve"
    earlier = file_of(court, court.report(court.ann, first, "duplicate"))
    assert len(earlier.sold_before) == 1, "sold at the same moment, each is before the other"


def test_linked_requests(court: Court) -> None:
    claim = court.claim(reason="duplicate")
    repeat = court.world.lead(status="duplicate", duplicate_of=claim.lead_id)
    assert [lead.lead_id for lead in file_of(court, claim).linked] == [repeat.id]
    assert [lead.status for lead in file_of(court, claim).linked] == ["duplicate"]


def test_whether_the_lead_is_what_they_asked_for(court: Court) -> None:
    claim = court.claim(reason="out_of_scope")
    file = file_of(court, claim)
    assert (file.validation.filter_fits, file.validation.in_area) == (True, None)
    assert file.suggestion and file.suggestion.verdict == "reject"
    subscription = providers.subscriptions_of(court.session, actor=court.ann, provider_id=court.ann.provider_id)[0]  # type: ignore[arg-type]
    rules = {"all": [{"field": "property_type", "operator": "eq", "value": "land"}]}
    providers.set_filter(
        court.session, actor=court.ann, subscription_id=subscription.id, rules=rules, now=court.now + timedelta(days=1)
    )
    assert file_of(court, claim).validation.filter_fits is None, "changed since: it tells nothing any more"


def test_the_companys_own_record(court: Court) -> None:
    claims = [court.claim() for _ in range(4)]
    returns.approve(court.session, actor=ADMIN, claim_id=claims[0].id, memo=MEMO, now=court.now)
    returns.reject(court.session, actor=ADMIN, claim_id=claims[1].id, memo=MEMO, now=court.now)
    returns.withdraw(court.session, actor=court.ann, claim_id=claims[2].id, now=court.now)
    told = file_of(court, claims[3]).history
    assert (told.reports, told.approved, told.rejected, told.withdrawn) == (3, 1, 1, 1)
    assert (told.last_30_days, told.delivered_30_days) == (3, 4)


def test_an_answered_report_has_no_suggestion(court: Court) -> None:
    claim = court.claim()
    returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    file = file_of(court, claim)
    assert file.suggestion is None
    assert [(step.event, step.actor_role, step.words) for step in file.steps] == [
        ("reported", "provider", ""),
        ("rejected", "admin", MEMO),
    ]


def test_analysts_read_words_without_numbers_and_providers_read_nothing(court: Court) -> None:
    claim = court.claim(notes=WORDS)
    assert file_of(court, claim).steps[0].words == WORDS
    assert file_of(court, claim, actor=ANALYST).steps[0].words == "Call[phone], nobody there"
    for verb in (returns.evidence,):
        with pytest.raises(Forbidden):
            verb(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    with pytest.raises(returns.ClaimNotFound):
        returns.evidence(court.session, actor=ADMIN, claim_id=uuid7(), now=court.now)


def test_an_upheld_report_weighs_on_the_persons_next_request(court: Court) -> None:
    upheld, rejected = court.claim(), court.claim()
    returns.approve(court.session, actor=ADMIN, claim_id=upheld.id, memo=MEMO, now=court.now)
    returns.reject(court.session, actor=ADMIN, claim_id=rejected.id, memo=MEMO, now=court.now)
    found = {}
    for claim in (upheld, rejected):
        person = court.session.get_one(Lead, claim.lead_id).contact_id
        again = court.world.lead(contact_id=person, submitted_at=court.now + timedelta(days=1))
        leads.score(court.session, lead_id=again.id, now=court.now + timedelta(days=1))
        reasons = scoring.latest(court.session, again.id)["fraud"].reasons
        found[claim.id] = [reason.text for reason in reasons if reason.code == "past_claims"]
    assert found == {upheld.id: ["Bad-lead reports of an earlier lead of this person were upheld."], rejected.id: []}
