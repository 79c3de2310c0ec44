"""The written rule: its lines sum to the price, its rails hold, and each thing moves the price the way people expect."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.pricing import Known, Priced, Rails, discounted, price

KNOWN = Known(going_rate_cents=4_000, quality=50, age_h=0, slots_sold=0, demand=0.5)
WIDE = Rails(floor_cents=1, ceiling_cents=1_000_000)

knowns = st.builds(
    Known,
    going_rate_cents=st.integers(50, 1_000_000),
    quality=st.none() | st.floats(0, 100),
    age_h=st.floats(0, 24 * 400),
    slots_sold=st.integers(0, 100),
    demand=st.floats(0, 1_000),
    season=st.floats(0, 3),
)
rails = st.builds(
    Rails,
    floor_cents=st.integers(1, 500_000),
    ceiling_cents=st.integers(1, 2_000_000),
    was_cents=st.none() | st.integers(1, 2_000_000),
    change_percent=st.integers(1, 100),
)


def total(priced: Priced) -> int:
    return sum(line.cents for line in priced.lines)


@given(knowns, rails)
def test_lines_sum_to_a_price_within_its_bounds(known: Known, bounds: Rails) -> None:
    priced = price(known, bounds)
    assert total(priced) == priced.cents
    assert priced.cents >= bounds.floor_cents
    assert priced.floor_cents <= priced.cents <= priced.ceiling_cents


@given(knowns, st.integers(100, 1_000_000), st.integers(1, 100))
def test_a_price_moves_no_further_in_a_day_than_it_may(known: Known, was: int, percent: int) -> None:
    priced = price(known, replace(WIDE, was_cents=was, change_percent=percent, ceiling_cents=10**9))
    assert abs(priced.cents - was) <= was * percent // 100


@given(knowns, rails, st.integers(0, 50), st.integers(0, 100_000))
def test_a_discount_never_goes_below_what_distribution_got(known: Known, bounds: Rails, percent: int, least: int) -> None:
    listed = price(known, bounds)
    mine = discounted(listed, percent=percent, least_cents=least)
    assert total(mine) == mine.cents <= listed.cents
    assert mine.cents >= min(least, listed.cents)


def test_each_thing_moves_the_price_as_people_expect() -> None:
    def cents(**changes: object) -> int:
        return price(replace(KNOWN, **changes), WIDE).cents  # type: ignore[arg-type]

    assert cents() == 4_000
    assert cents(quality=90) > cents() > cents(quality=10)
    assert cents(age_h=12) > cents(age_h=72) > cents(age_h=720)
    assert cents(slots_sold=1) > cents(slots_sold=3)
    assert cents(demand=3) > cents(demand=0)
    assert cents(season=0.5) > cents(season=1.5)
    assert cents(quality=None) == cents(quality=50)


def test_a_receipt_reads_like_one() -> None:
    priced = price(replace(KNOWN, quality=80, age_h=72, slots_sold=1, demand=0.5), WIDE)
    assert [(line.label, line.cents) for line in priced.lines] == [
        ("Going rate of the niche", 4_000),
        ("Quality 80 of 100", 720),
        ("3 days old", -800),
        ("1 other buyer has it", -400),
        ("Rounded", -20),
    ]
    assert priced.cents == 3_500


def test_the_floor_wins_over_everything() -> None:
    assert price(KNOWN, Rails(floor_cents=9_000, ceiling_cents=5_000, was_cents=1_000, change_percent=5)).cents == 9_000
