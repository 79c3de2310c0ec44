"""Which ZIPs nobody serves, and holes in areas: computed on a grid where the answer can be seen (SPEC 2.1, 4.4)."""

from datetime import datetime

import pytest
from sqlalchemy import text

from core import reports
from core.kit.errors import Forbidden
from tests.core.reports.small_world import ADMIN, SCIENTIST, Town

WEST, SOUTH, STEP = -115.4, 35.95, 0.05


@pytest.fixture
def grid(town: Town) -> Town:
    """Twenty-five ZIPs of Las Vegas, five by five, 10 to 14 in the south up to 50 to 54."""
    town.session.execute(
        text("""insert into market_zip (zip, market_id, city, county, state, centre, radius_m, shape)
                select format('890%s%s', row, col), :market, 'Grid', 'Clark', 'NV', c, 2000, ST_Multi(ST_Expand(c, 0.02))
                  from generate_series(1, 5) row, generate_series(0, 4) col,
                       lateral (select ST_SetSRID(ST_MakePoint(:west + col * :step, :south + row * :step), 4326) as c) p"""),
        {"market": town.vegas.id, "west": WEST, "south": SOUTH, "step": STEP},
    )
    return town


def serves(town: Town, *zips: str, **more: str) -> None:
    company = town.company(**more)
    town.subscribes(company)
    town.session.execute(
        text("""insert into provider_area (provider_id, shape)
                select :p, ST_Multi(ST_Union(shape)) from market_zip where zip = any(:zips)"""),
        {"p": company.id, "zips": list(zips)},
    )


def told(town: Town, now: datetime) -> reports.Coverage:
    scope = reports.scope_of(town.session, market_id=town.vegas.id, now=now)
    return reports.coverage(town.session, actor=ADMIN, scope=scope, now=now, refresh=True).value


ALL = [f"890{row}{col}" for row in range(1, 6) for col in range(5)]


def test_zips_without_a_buyer_are_counted_with_their_leads(grid: Town, now: datetime) -> None:
    serves(grid, *ALL[:20])
    grid.approved(now, zip="89053")
    (market,) = told(grid, now).markets
    rest = {row[0] for row in grid.session.execute(text("select zip from market_zip where market_id = :m"), {"m": grid.vegas.id})}
    assert set(market.unserved) == rest - set(ALL[:20]) and market.zips == len(rest)
    assert market.share == len(market.unserved) / len(rest) and market.leads_unserved == 1
    grid.subscribes(grid.company())  # one without areas serves everywhere
    assert told(grid, now).markets[0].share == 0


def test_a_hole_in_an_area_is_named_and_an_edge_is_not(grid: Town, now: datetime) -> None:
    serves(grid, *(zip for zip in ALL if zip not in ("89032", "89024")), company_name="Around")
    serves(grid, *ALL[:15], company_name="South only")
    (hole,) = told(grid, now).holes
    assert (hole.company, hole.served) == ("Around", 23) and set(hole.left_out) >= {"89032"}
    assert set(hole.left_out) <= {"89032", "89024", "89109"}


def test_it_is_for_admins_and_analysts(town: Town, now: datetime) -> None:
    scope = reports.scope_of(town.session, now=now)
    with pytest.raises(Forbidden):
        reports.coverage(town.session, actor=SCIENTIST, scope=scope, now=now)
