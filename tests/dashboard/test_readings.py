"""What staff read on pages is in the trail once, however often the page is drawn (SPEC 1.9)."""

from typing import Any

import pytest
from sqlalchemy import text

from core.kit.db import transaction
from tests.dashboard.conftest import Open, sound
from tests.dashboard.world import World


def readings(action: str, whom: Any = None) -> list[tuple[str, str | None]]:
    asked = """select actor_role, after ->> 'report' from audit_entry where action = :action
                and (cast(:whom as uuid) is null or entity_id = :whom) order by id"""
    with transaction() as session:
        return [tuple(row) for row in session.execute(text(asked), {"action": action, "whom": whom})]  # type: ignore[misc]


def drawn(page: Any) -> None:
    for _ in range(3):
        page.run()
    sound(page)


def test_a_companys_page_and_its_wallet(open_page: Open, world: World) -> None:
    for role in ("admin", "analyst"):
        drawn(open_page(role, "providers", provider=str(world.provider), part="Wallet"))
    read = readings("report.read", world.provider)
    for role in ("admin", "analyst"):
        assert read.count((role, "a company's wallet")) == 1 and read.count((role, "a company")) == 1


def test_a_leads_contact_by_its_page(open_page: Open, world: World) -> None:
    lead = world.waiting[0]
    drawn(open_page("admin", "leads", lead=str(lead), part="Facts"))
    drawn(open_page("analyst", "leads", lead=str(lead), part="Facts"))
    assert readings("contact.read", lead) == [("admin", None)], "an analyst sees masks"


def test_a_letter(open_page: Open, world: World) -> None:
    drawn(open_page("admin", "messages", mail=str(world.letter)))
    assert readings("message.read", world.letter) == [("admin", None)]


@pytest.mark.parametrize(("path", "what"), [("users", "people"), ("audit", "the trail"), ("billing", "companies' wallets")])
def test_lists_of_people_money_and_deeds(open_page: Open, world: World, path: str, what: str) -> None:
    drawn(open_page("admin", path))
    assert readings("report.read").count(("admin", what)) == 1


def test_the_page_of_what_is_to_be_done_reads_nobodys_wallet(open_page: Open, world: World) -> None:
    before = readings("report.read")
    drawn(open_page("analyst", ""))
    assert [one for one in readings("report.read")[len(before) :] if "wallet" in str(one[1])] == []
