"""What became of a source's earlier leads is a sign for its next one (SPEC 10.2)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import returns
from core.leads.signals import gather
from core.scoring import Signals, fraud
from tests.core.returns.court import ADMIN, MEMO, Court
from tests.core.sourcing.test_sources import a_source, allow, an_admin


def founded(court: Court, source: UUID, lead: UUID) -> None:
    court.session.execute(
        text("""insert into source_record (source_id, record_id, lead_id, founder, holder, test, said_at, updated_at)
                values (:source, :record, :lead, true, 'consumer', false, :now, :now)"""),
        {"source": source, "record": str(lead), "lead": lead, "now": court.now},
    )


def test_upheld_reports_of_a_source_count_against_its_next_lead(court: Court) -> None:
    admin = an_admin(court.session, court.now)
    source = a_source(court.session, court.now, admin)
    allow(court.session, court.now, admin, source.id)
    bad, good, other = (court.sold()[0] for _ in range(3))
    for sale in (bad, good):
        founded(court, source.id, sale.lead_id)
    for sale in (bad, other):
        claim = court.report(court.ann, sale)
        returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    court.report(court.ann, good)
    unsold, following, early = (court.world.lead() for _ in range(3))
    for lead in (unsold, following):
        founded(court, source.id, lead.id)
    assert _counts(court, following.id) == (2, 1)
    assert _counts(court, early.id) == (0, 0)
    following.submitted_at = court.now - timedelta(days=1)
    court.session.flush()
    assert _counts(court, following.id) == (0, 0)


def _counts(court: Court, lead: UUID) -> tuple[int, int]:
    found = gather(court.session, lead)
    return found.source_sold, found.source_claims


@pytest.mark.parametrize(
    ("sold", "claims", "weight"), [(29, 29, None), (30, 1, None), (40, 2, 0.025), (100, 10, 0.05), (100, 20, 0.1), (100, 90, 0.1)]
)
def test_it_takes_enough_sales_and_weighs_little(sold: int, claims: int, weight: float | None) -> None:
    found = {reason.code: reason for reason in fraud(Signals(source_sold=sold, source_claims=claims)).reasons}
    assert ("source_claims" in found) == (weight is not None)
    if weight is not None:
        assert found["source_claims"].weight == weight
        assert f"{claims} of the last {sold} sold leads" in found["source_claims"].text


def test_a_database_takes_the_place_of_the_word_that_there_is_none() -> None:
    assert [reason.code for reason in fraud(Signals()).reasons] == ["ip_location_absent"]
    assert fraud(Signals(ip_database=True)).reasons == fraud(Signals(ip_database=True, ip_in_market=True)).reasons == ()
    assert [reason.code for reason in fraud(Signals(ip_database=True, ip_in_market=False)).reasons] == ["ip_elsewhere"]
