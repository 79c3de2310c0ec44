"""The events an endpoint may ask for: one table (SPEC 7.7)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of news: its stable name, what it says to people, and whether it is about one of the company's leads."""

    name: str
    words: str
    of_lead: bool


EVENTS = {
    event.name: event
    for event in (
        Event("lead.assigned", "A lead is yours: delivered by a subscription or bought", True),
        Event("lead.refunded", "A lead was paid back", True),
        Event("lead.revoked", "A consumer took the consent back: stop contacting them", True),
        Event("balance.low", "The balance fell below your threshold", False),
        Event("subscription.changed", "A subscription was stopped or works again", False),
    )
}
