"""The demo market is the same every time, and can reach nobody real."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from demo.companies import Company
from demo.places import AREAS, places_of
from demo.reactions import Reaction, reaction_to
from demo.requests import Request
from demo.timeline import timeline
from demo.world import NICHES, World, world

NOW = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
FORM = {
    "fields": [
        {"key": "timeline", "label": "When", "type": "select", "required": True, "options": ["now", "soon", "later"]},
        {"key": "bedrooms", "label": "Bedrooms", "type": "number", "validation": {"min": 1, "max": 4}},
        {"key": "extras", "label": "Extras", "type": "multiselect", "options": ["a", "b", "c"]},
        {"key": "details", "label": "Anything else", "type": "textarea", "required": True},
    ]
}
SCHEMAS = dict.fromkeys(NICHES, FORM)
FICTIONAL_PHONE = re.compile(r"^\+1[2-9]\d{2}55501\d{2}$")
RESERVED_MAIL = re.compile(r"^[a-z0-9.]+@example\.(com|net|org)$")


@cache
def the_world(seed: int = 7) -> World:
    return world(SCHEMAS, seed=seed, now=NOW)


def digits(phone: str) -> str:
    return "+1" + re.sub(r"\D", "", phone)[-10:]


def test_the_same_seed_gives_the_same_world() -> None:
    assert world(SCHEMAS, seed=7, now=NOW) == the_world()


def test_another_seed_gives_another_world() -> None:
    one, other = the_world(), the_world(8)
    assert {r.email for r in one.requests} != {r.email for r in other.requests}
    assert [c.name for c in one.companies] != [c.name for c in other.companies]


@pytest.mark.parametrize("seed", [7, 8])
def test_every_contact_is_reserved_for_fiction(seed: int) -> None:
    for who in (*the_world(seed).requests, *the_world(seed).companies):
        assert FICTIONAL_PHONE.match(digits(who.phone)), who.phone
        assert RESERVED_MAIL.match(who.email.lower()), who.email
    assert all(company.website.endswith(".example.com") for company in the_world(seed).companies)
    assert all(request.ip.startswith(("198.18.", "198.19.")) for request in the_world(seed).requests)


def test_it_has_the_promised_size() -> None:
    assert len(the_world().requests) == 3000
    assert len(the_world().companies) == 120 == len({company.name for company in the_world().companies})
    assert {r.market for r in the_world().requests} == {area.slug for area in AREAS}
    assert len(world(SCHEMAS, seed=7, now=NOW, size=60).requests) == 60


def test_every_fate_occurs_and_the_story_can_start_at_once() -> None:
    fates = Counter(request.fate for request in the_world().requests)
    assert set(fates) == {"sold", "rejected", "unconfirmed", "duplicate", "withdrawn", "waiting"}
    assert fates["sold"] > 1800 and fates["duplicate"] > 100
    fresh = Counter(request.fate for request in the_world().requests if request.fresh)
    assert fresh["waiting"] >= 10 and fresh.total() >= 40
    story = timeline(the_world(), "story")
    shelf = [event.request for event in story[: fresh["sold"]]]
    assert len(shelf) == 16 and all(request and request.fresh and request.fate == "sold" for request in shelf)
    assert {request.niche for request in shelf if request} == set(NICHES), "something of every niche is on sale at once"


def test_only_planned_repeats_share_a_niche_and_a_person() -> None:
    honest = [r for r in the_world().requests if r.household and r.fate != "duplicate"]
    for keys in ([(r.niche, r.phone) for r in honest], [(r.niche, r.email) for r in honest]):
        assert len(keys) == len(set(keys))
    firsts = {(r.niche, r.household): r for r in honest}
    for again in (r for r in the_world().requests if r.fate == "duplicate"):
        first = firsts[again.niche, again.household]
        assert first.at < again.at <= NOW
        assert digits(again.phone) == first.phone or again.email.lower() == first.email.lower()


def test_homes_stand_in_their_market() -> None:
    for request in the_world().requests:
        place = next(place for place in places_of(request.market) if place.zip == request.zip)
        assert (place.city, place.state) == (request.city, request.state)
        if request.pin:
            assert abs(request.pin[0] - place.lon) < 0.02 and abs(request.pin[1] - place.lat) < 0.02


def test_large_cities_ask_more_than_small_towns() -> None:
    cities = Counter(request.city for request in the_world().requests)
    assert cities["Phoenix"] > 5 * cities["Tempe"] > 0 and cities["Dallas"] > cities["Plano"] > cities["Keller"]


def test_people_sleep_and_offices_close() -> None:
    hours = Counter(r.at.astimezone(ZoneInfo(r.timezone)).hour for r in the_world().requests if r.household)
    assert sum(hours[h] for h in range(1, 5)) * 10 < sum(hours[h] for h in range(18, 22))
    for request in the_world().requests:
        if request.reviewed_at and not request.fresh:
            assert 7 <= request.reviewed_at.astimezone(ZoneInfo(request.timezone)).hour < 20


def test_steps_come_in_order_and_never_after_the_end() -> None:
    for request in the_world().requests:
        steps = [s for s in (request.at, request.confirmed_at, request.reviewed_at, request.withdrawn_at) if s]
        assert all(earlier <= later for earlier, later in pairwise(steps)) and steps[-1] <= NOW


def test_hail_brings_roofing_requests() -> None:
    struck = [r for r in the_world().requests if r.niche == "roofing" and r.market == "dallas-ft-worth"]
    storm = sum(37 <= (NOW - r.at) / timedelta(days=1) < 39 for r in struck)
    assert storm > 4 * len(struck) / 45 / 2


def test_nobody_copies_a_text_but_scripts_do() -> None:
    said = Counter(r.form["details"].lower() for r in the_world().requests if r.household and r.fate != "duplicate")
    assert max(said.values()) == 1
    scripts = [r for r in the_world().requests if r.household is None]
    assert max(Counter(r.form["details"] for r in scripts).values()) > 10
    assert max(Counter(r.ip for r in scripts).values()) > 10


def reactions(*, appeal: float | None = None, **company: float) -> list[Reaction]:
    buyers = [replace(firm, **company) for firm in the_world().companies[:8]]
    sold = [r if appeal is None else replace(r, appeal=appeal) for r in the_world().requests if r.fate == "sold" and r.household][
        :300
    ]
    return [react(request, buyer) for request in sold for buyer in buyers]


def react(request: Request, company: Company, now: datetime = NOW) -> Reaction:
    assert request.reviewed_at
    return reaction_to(request, company, assigned_at=request.reviewed_at, buyers=2, now=now, seed=7)


def won(found: list[Reaction]) -> int:
    return sum(any(outcome == "won" for _, outcome, _ in reaction.outcomes) for reaction in found)


def test_reactions_repeat_exactly() -> None:
    assert reactions() == reactions()


def test_good_requests_and_quick_companies_win_more() -> None:
    assert won(reactions(appeal=0.9)) > 2 * won(reactions(appeal=0.2))
    assert won(reactions(minutes_to_open=2)) > won(reactions(minutes_to_open=2000))
    assert won(reactions(skill=1.5)) > won(reactions(skill=-1.5))


def test_scripts_are_refused() -> None:
    script = next(r for r in the_world().requests if r.household is None and r.fate == "sold")
    decisions = Counter(react(script, firm).decision for firm in the_world().companies)
    assert decisions["rejected"] > 3 * decisions["accepted"]


def test_a_reaction_is_cut_at_the_end_of_the_history() -> None:
    sold = next(r for r in the_world().requests if r.fate == "sold")
    assert sold.reviewed_at
    for firm in the_world().companies:
        whole, early = react(sold, firm), react(sold, firm, sold.reviewed_at + timedelta(hours=20))
        assert early.outcomes == tuple(step for step in whole.outcomes if step[0] <= sold.reviewed_at + timedelta(hours=20))
