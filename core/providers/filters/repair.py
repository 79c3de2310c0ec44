"""A filter that no longer fits its form: which rules broke and why, and the filter without them (SPEC 4.5, 4.6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Conflict
from core.providers.filters.broken import BrokenRule, broken_rules, without_rules
from core.providers.filters.change import set_filter
from core.providers.filters.words import filter_in_words
from core.providers.ladder import get_subscription
from core.providers.models import Subscription


class NothingBroken(Conflict):
    """Every rule of the filter fits the form."""

    def __init__(self) -> None:
        super().__init__("filter.nothing_broken", "Every rule of this filter fits the form: there is nothing to drop.")


@dataclass(frozen=True, slots=True)
class FilterRepair:
    """What is wrong with a filter, and what would be left of it without the broken rules."""

    broken: tuple[BrokenRule, ...]
    rest: Json
    rest_words: str


def filter_repair(session: Session, *, actor: Actor, subscription_id: UUID) -> FilterRepair:
    """The rules of a subscription's filter that its niche's form no longer allows; none when it fits (SPEC 4.6)."""
    view = get_subscription(session, actor=actor, subscription_id=subscription_id)
    schema = niches.current_schema(session, view.niche_id)
    broken = broken_rules(view.filter_rules, schema)
    rest = without_rules(view.filter_rules, {rule.path for rule in broken})
    return FilterRepair(broken, rest, filter_in_words(rest, schema))


def drop_broken_rules(session: Session, *, actor: Actor, subscription_id: UUID, now: datetime) -> Subscription:
    """Keep the filter without the rules that broke, so that its subscription receives again; logged like any change.

    Raises ``NothingBroken``. Without a rule more leads may come: the page says which before it asks.
    """
    found = filter_repair(session, actor=actor, subscription_id=subscription_id)
    if not found.broken:
        raise NothingBroken
    return set_filter(session, actor=actor, subscription_id=subscription_id, rules=found.rest, now=now)
