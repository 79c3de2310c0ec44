"""One consumer's request as the demo tells it: who, what, where, when, and what becomes of it."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from demo.people import MAIL_DOMAINS
from demo.rhythm import office_moment

# What becomes of a request, once it has been submitted.
Fate = Literal["sold", "rejected", "unconfirmed", "duplicate", "withdrawn", "waiting"]

AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S921U) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
)
CAMPAIGNS: tuple[tuple[float, float, dict[str, str]], ...] = (  # share of all requests, what it adds to the appeal, attribution
    (0.34, 0.10, {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "brand"}),
    (0.18, 0.02, {"utm_source": "google", "utm_medium": "organic"}),
    (0.20, -0.14, {"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "quotes"}),
    (0.08, 0.22, {"utm_source": "referral", "utm_medium": "neighbour"}),
    (0.08, -0.05, {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "seasonal"}),
    (0.12, 0.0, {}),
)
REJECTIONS = (
    "The phone number given belongs to somebody else.",
    "Asks for work outside what this niche covers.",
    "A tenant, not the owner: nobody here can decide.",
    "Commercial property; this niche is residential.",
    "Job seeker, not a customer.",
    "A competitor checking prices.",
    "Nothing that a provider could act on.",
)
WITHDRAWALS = ("Found somebody already.", "Changed our mind.", "Submitted by mistake.", "Too many calls, please stop.")


@dataclass(frozen=True, slots=True)
class Request:
    """What is submitted, and when each step of its life happens; a step later than the end of the history has no moment."""

    number: int
    niche: str
    market: str
    timezone: str
    at: datetime
    fate: Fate
    full_name: str
    email: str
    phone: str
    street: str
    unit: str | None
    city: str
    state: str
    zip: str
    pin: tuple[float, float] | None  # longitude, latitude, when the map was used
    form: dict[str, Any]
    attribution: dict[str, str]
    ip: str
    user_agent: str
    appeal: float  # 0..1: how ready to buy the person is; nobody in the exchange sees it
    household: int | None  # none for a script
    confirmed_at: datetime | None = None
    reviewed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    note: str | None = None
    fresh: bool = field(default=False)

    @property
    def settled_at(self) -> datetime:
        """When the exchange has decided about it: the order in which history is loaded."""
        return self.reviewed_at or self.confirmed_at or self.at


def with_life(rng: random.Random, request: Request, *, now: datetime) -> Request:
    """The request with the moments of its fate; what would happen after ``now`` has not happened yet."""
    if request.fate in ("unconfirmed", "duplicate"):
        return request
    late = not request.fresh and rng.random() < 0.1
    confirmed = request.at + timedelta(minutes=1 + rng.expovariate(1 / 9) * (not request.fresh) + late * rng.uniform(60, 900))
    if confirmed > now:
        return replace(request, fate="unconfirmed")
    reviewed = office_moment(rng, confirmed, timezone=request.timezone, mean_minutes=50)
    if request.fresh:  # somebody is at the desk for these, whatever the hour
        reviewed = confirmed + timedelta(minutes=rng.uniform(15, 120))
    if request.fate == "waiting" or reviewed > now:
        return replace(request, fate="waiting", confirmed_at=confirmed)
    if request.fate == "withdrawn":
        return _withdrawn(rng, replace(request, confirmed_at=confirmed), reviewed, now)
    note = rng.choice(REJECTIONS) if request.fate == "rejected" and not request.note else request.note
    return replace(request, confirmed_at=confirmed, reviewed_at=reviewed, note=note)


def _withdrawn(rng: random.Random, request: Request, reviewed: datetime, now: datetime) -> Request:
    """Some change their mind before anybody has looked, most after the calls have begun."""
    note = rng.choice(WITHDRAWALS)
    if request.confirmed_at and (request.fresh or rng.random() < 0.35):
        return replace(request, withdrawn_at=request.confirmed_at + (reviewed - request.confirmed_at) * rng.random(), note=note)
    withdrawn = reviewed + timedelta(hours=rng.uniform(1, 120))
    if withdrawn > now:
        return replace(request, fate="sold", reviewed_at=reviewed)
    return replace(request, reviewed_at=reviewed, withdrawn_at=withdrawn, note=note)


def repeat_of(rng: random.Random, first: Request, *, at: datetime) -> Request:
    """The same person asking again: unchanged, with another mail address, or writing address and number differently."""
    kind = rng.random()
    email, phone = first.email, first.phone
    if kind < 0.35:
        name, _, domain = first.email.partition("@")
        email = f"{name}.home@{MAIL_DOMAINS[(MAIL_DOMAINS.index(domain) + 1) % 3]}"
    elif kind < 0.7:
        email = first.email.upper() if rng.random() < 0.3 else first.email.capitalize()
        phone = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return replace(
        first, at=at, fate="duplicate", email=email, phone=phone, fresh=False,
        confirmed_at=None, reviewed_at=None, withdrawn_at=None, note=None,
    )  # fmt: skip
