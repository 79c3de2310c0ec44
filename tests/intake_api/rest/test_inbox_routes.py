"""A provider's own leads over HTTP (SPEC 7.1, 7.2)."""

from datetime import datetime
from uuid import UUID

import pytest

from core.inventory import Assignment, Slot
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.niches import Niche
from tests.builders import a_lead, a_market
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


@pytest.fixture
def sold(world: World, now: datetime) -> list[UUID]:
    """Three leads sold to the provider, oldest first."""
    with transaction() as session:
        market, niche = a_market(session, now, slug="reno"), session.get_one(Niche, world.niche)
        made = []
        for _ in range(3):
            lead = a_lead(session, now, niche, market)
            session.add(Slot(lead_id=lead.id, slot_no=1, state="sold", provider_id=world.provider))
            session.flush()
            made.append(
                Assignment(
                    id=uuid7(),
                    lead_id=lead.id,
                    provider_id=world.provider,
                    slot_no=1,
                    channel="marketplace",
                    niche_id=niche.id,
                    price_cents=0,
                    assigned_at=now,
                )
            )
            session.add(made[-1])
            session.flush()
        return [assignment.id for assignment in made]


def test_the_inbox_page_by_page(world: World, sold: list[UUID]) -> None:
    first = ok(world.call("provider", "GET", f"/provider/inbox?limit=2&niche_id={world.niche}"))
    rest = ok(world.call("provider", "GET", f"/provider/inbox?limit=2&after={first['next']}"))
    assert [row["id"] for row in first["items"] + rest["items"]] == [str(id_) for id_ in reversed(sold)]
    assert rest["next"] is None
    assert ok(world.call("provider", "GET", "/provider/inbox?status=lost+in+space"), 422)["error"]["fields"].keys() == {"status"}
    assert ok(world.call("provider", "GET", "/provider/inbox?channel=pigeon"), 422)["error"]["fields"].keys() == {"channel"}


def test_a_lead_is_opened_accepted_worked_and_won(world: World, sold: list[UUID]) -> None:
    path = f"/provider/leads/{sold[0]}"
    opened = ok(world.call("provider", "GET", path))["lead"]
    assert opened["viewed_at"] and opened["contact"]["email"].endswith("@example.com")
    assert ok(world.call("provider", "POST", f"{path}/accept"))["lead"]["status"] == "accepted"
    assert world.call("provider", "POST", f"{path}/accept").status_code == 409
    ok(world.call("provider", "PUT", f"{path}/note", json={"text": "Called, wants a quote"}))
    ok(world.call("provider", "PUT", f"{path}/rating", json={"stars": 5}))
    won = ok(world.call("provider", "POST", f"{path}/outcome", json={"outcome": "won", "value_cents": 1_200_000}))["lead"]
    assert (won["outcome"], won["outcome_value_cents"], won["rating"], won["notes"]) == (
        "won",
        1_200_000,
        5,
        "Called, wants a quote",
    )
    assert ok(world.call("provider", "PUT", f"{path}/rating", json={"stars": 6}), 422)["error"]["fields"].keys() == {"stars"}


def test_a_rejection_needs_a_reason_and_leads_of_others_do_not_exist(world: World, sold: list[UUID]) -> None:
    path = f"/provider/leads/{sold[1]}"
    assert world.call("provider", "POST", f"{path}/reject", json={"reason": " "}).status_code == 422
    assert ok(world.call("provider", "POST", f"{path}/reject", json={"reason": "Wrong number"}))["lead"]["status"] == "rejected"
    for method, end, body in (
        ("GET", "", None),
        ("POST", "/accept", None),
        ("POST", "/reject", {"reason": "Not mine"}),
        ("POST", "/outcome", {"outcome": "won"}),
        ("PUT", "/rating", {"stars": 1}),
        ("PUT", "/note", {"text": "x"}),
    ):
        assert world.call("rival", method, f"/provider/leads/{sold[2]}{end}", json=body).status_code == 404, end
    assert ok(world.call("rival", "GET", "/provider/inbox"))["items"] == []
