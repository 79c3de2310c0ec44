"""Fraud by written rules, 0 (nothing suspicious) to 1 (SPEC 10.2): what learned models are later compared with."""

from collections.abc import Iterator
from math import prod

from core.kit.lengths import distance
from core.scoring.signals import Reason, Scored, Signals

SALES_TO_COUNT = 30  # with fewer, two bad leads would condemn a source
NOTABLE_RATE = 0.05


def fraud(signals: Signals) -> Scored:
    """Each rule that applies is independent evidence: 1 - (1 - w1)(1 - w2)..., so more of it never lowers the score."""
    reasons = tuple(_reasons(signals))
    return Scored(round(1 - prod(1 - reason.weight for reason in reasons), 3), reasons)


def _reasons(s: Signals) -> Iterator[Reason]:
    yield from _about_contact(s)
    yield from _about_place(s)
    yield from _about_text(s)
    if s.past_claims:
        text = f"Bad-lead reports of {_earlier(s.past_claims)} of this person were upheld."
        yield Reason("past_claims", text, _up(0.15, s.past_claims))
    if s.source_sold >= SALES_TO_COUNT and (rate := s.source_claims / s.source_sold) >= NOTABLE_RATE:
        text = f"Bad-lead reports of {s.source_claims} of the last {s.source_sold} sold leads of this source were upheld."
        yield Reason("source_claims", text, round(min(0.1, 0.5 * rate), 3))


def _about_contact(s: Signals) -> Iterator[Reason]:
    if s.disposable_domain:
        yield Reason("disposable_domain", "The e-mail address is at a throw-away provider.", 0.5)
    if s.reserved_domain:
        yield Reason("reserved_domain", "The e-mail domain is reserved for examples and reaches nobody.", 0.6)
    if s.fake_phone:
        yield Reason("fake_phone", "The phone number is a known made-up one.", 0.6)
    if s.email_leads_day:
        yield Reason(
            "email_velocity",
            f"The same e-mail asked {_times(s.email_leads_day)} more within a day.",
            _up(0.15, s.email_leads_day),
        )
    if s.phone_leads_day:
        yield Reason(
            "phone_velocity", f"The same phone asked {_times(s.phone_leads_day)} more within a day.", _up(0.12, s.phone_leads_day)
        )
    if s.ip_leads_hour > 2:
        text = f"{s.ip_leads_hour} other requests came from the same internet address within an hour."
        yield Reason("ip_velocity", text, _up(0.1, s.ip_leads_hour - 2))


def _about_place(s: Signals) -> Iterator[Reason]:
    if s.area_code == "elsewhere":
        yield Reason("area_code_elsewhere", "The phone's area code is not one of the ZIP code's state.", 0.08)
    if s.address_in_zip is False:
        yield Reason("address_not_in_zip", "City or state of the address do not fit the ZIP code.", 0.3)
    if s.address_review:
        yield Reason("address_unreadable", "The address could not be read as a US address.", 0.05)
    if s.pin_outside_zip_m:
        text = f"The pin lies about {distance(s.pin_outside_zip_m)} outside the ZIP code."
        yield Reason("pin_outside_zip", text, min(0.3, s.pin_outside_zip_m / 100_000))
    if s.ip_in_market is False:
        yield Reason("ip_elsewhere", "The internet address is located far from the request's market.", 0.15)
    if not s.ip_database:
        yield Reason("ip_location_absent", "Location of the internet address: not compared, no location database is set up.", 0.0)


def _about_text(s: Signals) -> Iterator[Reason]:
    if s.gibberish > 0:
        yield Reason("gibberish", "Name or text look typed at random.", round(0.7 * s.gibberish, 3))
    if s.copied_text:
        yield Reason("copied_text", f"The same text came with {_leads(s.copied_text)}.", _up(0.2, s.copied_text))


def _up(step: float, count: int, most: float = 0.6) -> float:
    return round(min(most, step * count), 3)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _leads(count: int) -> str:
    return "another person's lead" if count == 1 else f"{count} other people's leads"


def _earlier(count: int) -> str:
    return "an earlier lead" if count == 1 else f"{count} earlier leads"
