"""A company's place in the line, and the golden table: what is done to it, what its verdict says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core import distribution, ledger, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.ids import uuid7
from tests.core.distribution.world import World, subscription_of

CONDOS = {
    "all": [{"field": "property_type", "operator": "eq", "value": "condo"}, {"field": "bedrooms", "operator": "gte", "value": 4}]
}
LATER = timedelta(minutes=5)
Case = tuple[str, Callable[["Mine"], None], dict[str, Any]]


class Mine:
    """A company first in the line of a level, and one behind it that takes what passes by."""

    def __init__(self, world: World) -> None:
        self.world, self.session, self.now = world, world.session, world.now
        world.level(1, price_cents=2500)
        self.id: UUID = world.buyer(balance_cents=10_000).id
        self.behind: UUID = world.buyer().id
        self.actor = Actor(user_id=uuid7(), role="provider", provider_id=self.id)
        self.subscription = subscription_of(world.session, self.id, world.levels[0]).id

    @property
    def chosen(self) -> dict[str, Any]:
        return {"actor": self.actor, "subscription_id": self.subscription, "now": self.now}

    def caps(self, **caps: int) -> None:
        providers.set_caps(self.session, **self.chosen, caps=providers.Caps(**caps))

    def round(self) -> None:
        """A lead for each of the two; then the company is first in the line again."""
        for seconds in (1, 2):
            self.world.run(now=self.now + timedelta(seconds=seconds))

    def verdicts(self) -> list[distribution.OwnVerdict]:
        later = self.now + timedelta(hours=2)
        distribution.trace_runs(self.session, now=later)
        # By staff where the company is not active: it may see no leads then (SPEC 1.3).
        active = (
            self.session.execute(text("select status from provider where id = :id"), {"id": self.id}).scalar_one() == "active"
        )
        reader = self.actor if active else Actor(uuid7(), "admin")
        given = {"actor": reader, "subscription_id": self.subscription, "now": later}
        return distribution.own_verdicts(self.session, **given)

    def circle(self, radius_m: int) -> None:
        """Around a point 0.1 degrees east of the lead, which are about nine kilometres."""
        definition = {"lon": -115.0728, "lat": 36.1147, "radius_m": radius_m}
        providers.add_area(self.session, actor=self.actor, name="East", kind="circle", definition=definition, now=self.now)

    def spend(self, cents: int) -> None:
        given = {"memo": "a memo of the test", "idempotency_key": str(cents), "now": self.now}
        ledger.debit_manually(self.session, actor=SYSTEM, provider_id=self.id, amount_cents=cents, **given)


def _suspend(mine: Mine) -> None:
    mine.session.execute(
        text("update provider set status = 'suspended', updated_at = :now where id = :id"), {"now": mine.now, "id": mine.id}
    )


def _stands_still(mine: Mine) -> None:
    """As if the wallet had just been filled, and the subscription were not active again yet."""
    mine.session.execute(
        text("""update subscription set status = 'inactive', inactive_reason = 'insufficient_balance', updated_at = :now
                where id = :id"""),
        {"now": mine.now, "id": mine.subscription},
    )


GOLDEN: list[Case] = [
    ("won", lambda mine: None, {"verdict": "won", "rule": None, "sentence": "It came to you.", "change": None}),
    (
        "balance",
        lambda mine: mine.spend(8300),
        {
            "verdict": "stood_still",
            "rule": "insufficient_balance",
            "sentence": "The wallet holds $17.00 and can't pay $25.00.",
            "change": "Balance short by $8.00",
            "would_win": True,
        },
    ),
    (
        "radius",
        lambda mine: mine.circle(7500),
        {
            "verdict": "refused",
            "rule": "service_area",
            "sentence": "The lead lies outside the service area.",
            "change": "Radius of about 6 miles instead of 4.7 miles",
            "would_win": True,
        },
    ),
    (
        "filter",
        lambda mine: providers.set_filter(mine.session, **mine.chosen, rules=CONDOS),
        {
            "verdict": "refused",
            "rule": "filter",
            "sentence": "The filter does not want this lead.",
            "change": "Property type: house as well; Bedrooms at least 3 instead of 4",
            "would_win": True,
        },
    ),
    (
        "hours",
        lambda mine: providers.set_delivery_hours(mine.session, **mine.chosen, hours={"wed": [["07:00", "09:30"]]}),
        {
            "verdict": "refused",
            "rule": "delivery_hours",
            "sentence": "It is 10:05 in the lead's market, outside the delivery hours.",
            "change": "Open until 10:06 instead of 09:30 on Wednesdays",
            "would_win": True,
        },
    ),
    (
        "cap of leads",
        lambda mine: (mine.caps(leads_day=1), mine.round()),
        {
            "verdict": "refused",
            "rule": "cap_leads_day",
            "sentence": "1 received this day: the cap of 1 is used up.",
            "change": "Limit of 2 leads a day instead of 1",
            "would_win": True,
        },
    ),
    (
        "cap of money",
        lambda mine: (mine.caps(spend_week_cents=4000), mine.round()),
        {
            "verdict": "refused",
            "rule": "cap_spend_week",
            "sentence": "$25.00 spent this week: one more lead goes beyond the cap of $40.00.",
            "change": "Limit of $50.00 a week instead of $40.00",
            "would_win": True,
        },
    ),
    (
        "paused",
        lambda mine: providers.pause(mine.session, **mine.chosen),
        {
            "verdict": "stood_still",
            "rule": "subscription_inactive",
            "sentence": "The subscription is not active: paused.",
            "change": "Resume the subscription",
            "would_win": True,
        },
    ),
    (
        "filled a moment before",
        _stands_still,
        {
            "verdict": "stood_still",
            "rule": "subscription_inactive",
            "sentence": "The subscription is not active: insufficient balance.",
            "change": None,
        },
    ),
    (
        "suspended",
        _suspend,
        {"verdict": "refused", "rule": "provider_inactive", "sentence": "The provider is suspended.", "change": None},
    ),
    (
        "two at once",
        lambda mine: (mine.circle(7500), providers.set_filter(mine.session, **mine.chosen, rules=CONDOS)),
        {"verdict": "refused", "rule": "filter", "would_win": False},
    ),
    (
        "not the turn",
        lambda mine: mine.world.run(now=mine.now + timedelta(seconds=1)),
        {"verdict": "waited", "rule": None, "sentence": "Companies that had waited longer were served first.", "change": None},
    ),
]
