"""The story the product is for: from a stranger's request to the provider who has just been charged for it."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import open_page, sign_in, sign_out
from tests.journeys.conftest import Instance
from tests.journeys.steps import Stranger, accept, approve, ask, confirm, letter_to

WHO = Stranger("Journey Tester", "journey.tester@example.net", "(702) 555-0177")
pytestmark = pytest.mark.journey

BUYERS = """
  select u.email, p.company_name, p.id, a.price_cents, t.amount_cents from assignment a
    join contact c on c.id = (select contact_id from lead where id = a.lead_id) and c.email = %s
    join provider p on p.id = a.provider_id join user_account u on u.provider_id = p.id and u.owner
    join transfer t on t.id = a.transfer_id join wallet w on w.account_id = t.debit_account_id and w.provider_id = p.id
   order by a.id"""
BALANCE = "select balance_cents from wallet where provider_id = %s"


def test_a_request_reaches_a_paying_provider(page: Page, instance: Instance) -> None:
    ask(page, WHO)
    letter, lead = letter_to(instance, WHO)
    sign_in(page, "admin@example.com")
    confirm(page, letter)
    approve(page, lead, WHO.name)
    email, company, provider, price_cents, paid_cents = instance.wait_for(BUYERS, WHO.email)
    assert paid_cents == price_cents > 0
    see_the_run(page, lead, company)
    sign_out(page)
    sign_in(page, email)
    accept(page, WHO.name)
    see_the_balance(page, instance, provider)


def see_the_run(page: Page, lead: UUID, company: str) -> None:
    """The lead's page tells who got it."""
    open_page(page, f"/leads?lead={lead}&part=Distribution")
    expect(page.get_by_text(company).first).to_be_attached()  # a cell of a table that is drawn, not written


def see_the_balance(page: Page, instance: Instance, provider: UUID) -> None:
    """The wallet's page shows what the charge left; the demo's own history may still be charging the same company."""

    def shown() -> bool:
        open_page(page, "/wallet")
        (cents,) = instance.wait_for(BALANCE, provider)
        return f"${cents // 100:,}.{cents % 100:02d}" in page.get_by_test_id("stMain").inner_text()

    eventually(shown, within_s=180, every_s=1)
