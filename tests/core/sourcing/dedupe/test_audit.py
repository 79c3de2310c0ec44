"""The nightly second opinion by Splink (SPEC 8.4)."""

import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core import policies
from core.kit.config import settings
from core.kit.errors import Unavailable
from core.kit.ids import uuid7
from core.sourcing import dedupe
from core.sourcing.dedupe import shape
from core.sourcing.dedupe.audit import questions
from core.sourcing.dedupe.columns import columns
from core.sourcing.dedupe.splink_pairs import CROWD, backend, predict
from tests.core.leads.world import a_world, submitted

FIRSTS = ("Ada", "Ben", "Cleo", "Dov", "Eve", "Finn", "Gus", "Hana", "Ivo", "June")
LASTS = ("Quill", "Stone", "Marsh", "Field", "Brook", "Larch", "Alder", "Heath")


def test_splink_finds_the_planted_twins() -> None:
    people = [
        {"name": f"{first} {last}", "address": f"{7 * n + 3} {last} St", "zip": f"891{n % 40:02d}", "phone": f"702300{n:04d}"}
        for n, (first, last) in enumerate((f, la) for f in FIRSTS for la in LASTS)
    ]
    twins = [person | {"phone": "", "address": person["address"].replace("St", "Street")} for person in people[:12]]
    found = predict(columns(map(shape, people + twins)), ["n"] * (len(people) + len(twins)))
    pairs = {(min(a, b), max(a, b)) for a, b, _ in found}
    planted = {(n, len(people) + n) for n in range(12)}
    assert len(pairs & planted) >= 10 and len(pairs - planted) <= 2
    apart = predict(columns(map(shape, people + twins)), ["a"] * len(people) + ["b"] * len(twins))
    assert not {(min(a, b), max(a, b)) for a, b, _ in apart} & planted, "another niche is another request"


def test_what_a_crowd_has_in_common_makes_no_pairs() -> None:
    """A feed that writes its own street and number into every record: their pairs would grow with the square."""
    people = [
        {
            "name": f"{FIRSTS[n % 10]}{n} {LASTS[n % 8]}{n}",
            "address": f"{n} Elm St",
            "zip": f"891{n % 40:02d}",
            "phone": f"702300{n:04d}",
        }
        for n in range(40)
    ]
    twins = [person | {"phone": ""} for person in people[:5]]
    crowd = [{"name": f"F{n} L{n}", "address": "1 Main St", "zip": "89109", "phone": "7022340000"} for n in range(CROWD + 1)]
    rows = people + twins + crowd
    found = {(min(a, b), max(a, b)) for a, b, _ in predict(columns(map(shape, rows)), ["n"] * len(rows))}
    assert {(n, 40 + n) for n in range(5)} <= found
    assert not {pair for pair in found if pair[0] >= 45}


def test_what_it_finds_becomes_questions_once(session: Session, now: datetime) -> None:
    world = a_world(session, now)
    for n in range(1, 13):
        submitted(session, now, world.niche, n, address={"street": f"{n} Oak St", "zip": "89109"})
    twin = {"name": "Pat Exampleb", "email": "other@example.com", "phone": "(702) 234-1999"}
    submitted(session, now, world.niche, 50, contact=twin, address={"street": "1 Oak Street Apt 2", "zip": "89109"})
    done = dedupe.resolve_entities(session, now=now)
    again = dedupe.resolve_entities(session, now=now)
    assert done.leads == 13 and again.asked == 0 and done.asked == len(dedupe.waiting_pairs(session, actor=world.admin))


def test_a_phone_in_common_alone_is_no_question() -> None:
    one = {"name": "Ivan Shaw", "address": "492 Park Way", "zip": "75252", "phone": "2143004000"}
    others = [
        {"name": "Dana Farrow", "address": "410 Copper Ridge Rd", "zip": "85004"},
        {"name": "Ivana Farrow", "address": "492 Park Way", "zip": "75252"},
        {"name": "Iwan Shaw", "address": "410 Copper Ridge Rd", "zip": "85004"},
    ]
    table = columns(shape(row) for row in (one, *({"phone": one["phone"]} | other for other in others)))
    ids = [(uuid7(), uuid7()) for _ in range(4)]
    asked = questions(ids, table, [(0, other, 0.99) for other in (1, 2, 3)])
    assert [verdict.first_id for _, _, verdict in asked] == [ids[2][0], ids[3][0]]


def test_a_policy_s_window_holds_for_its_state(session: Session, now: datetime) -> None:
    world = a_world(session, now)
    for n in range(1, 13):
        submitted(session, now, world.niche, n, address={"street": f"{n} Oak St", "zip": "89109"})
    begins = now + timedelta(days=1)
    policies.add_policy(
        session,
        actor=world.admin,
        rule="dedupe_days",
        value=10,
        state="NV",
        ground="Act of the test",
        effective_from=begins,
        now=now,
    )
    later = now + timedelta(days=11)
    for n in range(13, 24):
        submitted(session, later, world.niche, n, address={"street": f"{n} Elm St", "zip": "89109"})
    assert dedupe.resolve_entities(session, now=now).leads == 23, "before the policy the window of the house holds"
    assert dedupe.resolve_entities(session, now=later).leads == 11, "the first twelve lie behind its ten days"


def test_spark_is_a_setting_and_its_absence_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_SPLINK_BACKEND", "spark")
    monkeypatch.setitem(sys.modules, "pyspark", None)
    settings.cache_clear()
    try:
        with pytest.raises(Unavailable, match="pyspark is not installed"):
            backend()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
