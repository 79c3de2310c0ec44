"""``hotleads why`` and ``hotleads replay``: what people read, what programs read, and what is refused in words."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import distribution
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests import builders
from tests.cli.conftest import Run


@pytest.fixture
def lead(database: Engine) -> UUID:
    """A lead sold to one company and kept from another by a wallet that is 5.00 short."""
    now = utc_now() - timedelta(minutes=5)
    with transaction() as session:
        niche, market = builders.a_niche(session, now, name="Roofing", slug="roofing"), builders.a_market(session, now)
        level = builders.a_level(session, now, niche, name="Shared", price_cents=2500, max_recipients=2)
        for name, cents in (("Ann Roofs", 100_000), ("Bob Roofs", 2000)):
            company = builders.a_provider(session, now, company_name=name, balance_cents=cents)
            builders.a_subscription(session, now, company, level)
        lead = builders.a_lead(session, now, niche, market).id
        turn = distribution.claim_turn(session, lead_id=lead, actor=SYSTEM, now=now)
        assert distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now).assigned == 1
    return lead


def test_why_names_everybody_considered_and_what_would_have_won(run: Run, lead: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", str(lead)) == 0
    head, ann, bob = capsys.readouterr().out.strip().splitlines()
    assert "agrees with the run's own record" in head
    if "Bob" in ann:  # neither was served before: their ids decide who stands first
        ann, bob = bob, ann
    assert "Ann Roofs, Shared" in ann and "Won it." in ann
    assert "Bob Roofs, Shared" in bob and "passed over" in bob and "5.00" in bob
    assert run("why", str(lead), "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["agrees"] and {row["company"]: (row["verdict"], row["rule"]) for row in told["rows"]} == {
        "Ann Roofs": ("won", None), "Bob Roofs": ("refused", "insufficient_balance"),
    }  # fmt: skip


@pytest.mark.parametrize(("ends", "said"), [(timedelta(), "demo's replayed history"), (timedelta(days=-1), "DIFFERS from")])
def test_why_says_whose_past_may_differ(
    run: Run, lead: UUID, capsys: pytest.CaptureFixture[str], ends: timedelta, said: str
) -> None:
    with transaction() as session:
        session.execute(
            text("insert into demo_load (part, seed, size, history_ends, done, total) values ('homes', 7, 1, :ends, 1, 1)"),
            {"ends": utc_now() + ends},
        )
        session.execute(text("insert into distribution_traced select id, niche_id, false, now() from distribution_run"))
    assert run("why", str(lead)) == 0
    assert said in capsys.readouterr().out.splitlines()[0]


def test_why_of_what_is_not_there(run: Run, lead: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", str(uuid7())) == 1 and capsys.readouterr().err.strip()
    assert run("why", "nonsense") == 2


def test_replay_tells_the_difference(run: Run, lead: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    period = (
        "--since",
        f"{utc_now() - timedelta(days=1):%Y-%m-%d}",
        "--until",
        f"{utc_now() + timedelta(days=1):%Y-%m-%dT%H:%M}",
    )
    assert run("replay", "roofing", *period) == 0
    assert "1 of 1 runs come out exactly as they did" in capsys.readouterr().out
    assert run("replay", "roofing", *period, "--change", "level.Shared.price_cents=2000") == 0
    shown = capsys.readouterr()
    revenue = next(line for line in shown.out.splitlines() if line.startswith("revenue"))
    assert revenue.split() == ["revenue", "$25.00", "$40.00", "$15.00"], "both can pay it"
    assert "Bob Roofs: +1 leads, $20.00" in shown.out and "events" in shown.err
    assert run("replay", "roofing", *period, "--change", "level.Shared.active=false", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["agreed"], told["before"]["sales"], told["after"]["sales"], told["after"]["unsold"]) == (1, 1, 0, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--since", "soon", "--until", "2026-11-02"), "is no moment"),
        (("--since", "2026-11-02", "--until", "2026-11-01"), "ends before it begins"),
        (("--since", "2026-11-01", "--until", "2026-11-02", "--change", "level.Gold.price_cents=1"), "no level named"),
        (("--since", "2026-11-01", "--until", "2026-11-02", "--change", "price"), "is no change"),
    ],
)
def test_what_a_replay_refuses_is_said(
    run: Run, lead: UUID, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], said: str
) -> None:
    assert run("replay", "roofing", *given) == 1
    assert said in capsys.readouterr().err
