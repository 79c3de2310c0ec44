"""Who of the staff read what of whom is in the trail, once in ten minutes, with nothing of what was read (SPEC 1.9)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.kit import clock
from core.kit.db import transaction
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


def readings() -> list[tuple[Any, ...]]:
    """What the trail has of readings: who, of which kind, what, of whom."""
    asked = """select actor_role, action, coalesce(after ->> 'report', entity_type), entity_id from audit_entry
               where action in ('report.read', 'contact.read') order by id"""
    with transaction() as session:
        return [tuple(row) for row in session.execute(text(asked))]


def reports_of(world: World) -> list[tuple[str, str, Any]]:
    """Address, what it is called in the trail, whom it speaks of."""
    month = f"{clock.utc_now():%Y-%m}"
    wallet = "a company's wallet"
    return [
        ("/admin/reports/revenue", "revenue", None),
        ("/admin/reports/fairness/starvation", "companies that go without", None),
        ("/admin/reports/providers/flags", "flagged companies", None),
        ("/admin/billing/providers", "companies' wallets", None),
        (f"/admin/billing/providers/{world.provider}/ledger", wallet, world.provider),
        (f"/admin/billing/providers/{world.rival}/statements/{month}", wallet, world.rival),
        ("/admin/payments", "payments", None),
        (f"/admin/providers/{world.provider}", "a company", world.provider),
    ]


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_each_reading_of_staff_is_recorded_once_however_often_it_is_repeated(world: World, role: str) -> None:
    wanted = reports_of(world)
    for path, _, _ in wanted:
        for _ in range(3):
            ok(world.call(role, "GET", path))
    assert readings() == [(role, "report.read", name, whom) for _, name, whom in wanted]


def test_what_administrators_alone_read_is_recorded_too(world: World) -> None:
    rival, lead = world.users["rival"], world.lead
    for _ in range(2):
        ok(world.call("admin", "GET", "/admin/users?search=example.com"))
        ok(world.call("admin", "GET", f"/admin/users/{rival}"))
        ok(world.call("admin", "GET", f"/admin/leads/{lead}"))
        ok(world.call("admin", "GET", "/admin/audit-logs?action=user."))
        ok(world.call("admin", "GET", f"/admin/audit-logs?actor_id={rival}"))
    assert readings() == [
        ("admin", "report.read", "people", None),
        ("admin", "report.read", "a person", rival),
        ("admin", "contact.read", "lead", lead),
        ("admin", "report.read", "the trail", None),
        ("admin", "report.read", "the trail", rival),
    ]
    with transaction() as session:
        kept = session.execute(text("select coalesce(string_agg(before::text || after::text || memo, ' '), '') from audit_entry"))
        assert "example.com" not in kept.scalar_one(), "what was looked for is not in it, nor what was found"


def test_what_is_their_own_or_asked_by_the_page_itself_is_no_reading(world: World) -> None:
    month = f"{clock.utc_now():%Y-%m}"
    for path in ("/provider/billing/history", f"/provider/billing/statements/{month}", "/provider/profile", "/provider/balance"):
        ok(world.call("provider", "GET", path))
    ok(world.call("admin", "GET", "/admin/billing/providers?state=frozen"))
    assert world.call("scientist", "GET", "/admin/reports/revenue").status_code == 403
    assert readings() == []


def test_after_ten_minutes_it_is_another_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.utc_now()
    for minutes in (0, 9, 11, 12):
        monkeypatch.setattr(clock, "utc_now", lambda minutes=minutes: start + timedelta(minutes=minutes))
        ok(world.call("admin", "GET", "/admin/payments"))
        ok(world.call("admin", "GET", f"/admin/leads/{world.lead}"))
    assert [name for _, _, name, _ in readings()] == ["payments", "lead", "payments", "lead"]


def test_a_request_for_help_is_named_when_staff_open_it(world: World) -> None:
    asked = {"subject": "Help", "message": "Call pat@example.com, please."}
    made = ok(world.call("provider", "POST", "/provider/support-requests", json=asked), 201)["request"]["id"]
    for _ in range(2):
        ok(world.call("admin", "GET", f"/admin/support-requests/{made}"))
        ok(world.call("provider", "GET", f"/provider/support-requests/{made}"))
    assert [(role, name, str(whom)) for role, _, name, whom in readings()] == [("admin", "a request for help", made)]
