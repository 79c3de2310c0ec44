"""Quality by written rules, 0 to 100: how likely the lead is worth calling (SPEC 10.3), until a model is learned."""

from collections.abc import Iterator

from core.scoring.fraud import fraud
from core.scoring.signals import Reason, Scored, Signals

BASE = 40.0
FRAUD_COSTS = 50.0
PROMPT = ((15 * 60, 12.0, "within minutes"), (2 * 3600, 8.0, "within two hours"), (24 * 3600, 4.0, "within a day"))


def quality(signals: Signals) -> Scored:
    """Points that add up from 40, less up to 50 for suspicion; kept within 0 to 100."""
    reasons = (Reason("base", "Every request starts with these.", BASE), *_for(signals), *_against(signals))
    return Scored(round(min(100.0, max(0.0, sum(reason.weight for reason in reasons))), 2), reasons)


def _for(s: Signals) -> Iterator[Reason]:
    if s.optional_asked and s.optional_answered:
        text = f"{s.optional_answered} of {s.optional_asked} optional questions answered."
        yield Reason("completeness", text, round(20.0 * s.optional_answered / s.optional_asked, 2))
    if s.confirmed_after_s is not None:
        yield from _promptness(s.confirmed_after_s)
    if s.detail_words >= 8:
        yield Reason("detail", "Told in own words what is needed.", 6.0)
    if s.street_given and not s.address_review:
        yield Reason("street", "A full street address is given.", 8.0)
    if s.pin_given:
        yield Reason("pin", "The place is pinned on the map.", 5.0)
    if s.area_code in ("zip", "state"):
        yield Reason("local_phone", "The phone number is a local one.", 5.0)
    if s.certificate_given:
        yield Reason("certificate", "Consent comes with a certificate.", 4.0)


def _promptness(seconds: float) -> Iterator[Reason]:
    for limit, points, words in PROMPT:
        if seconds <= limit:
            yield Reason("prompt", f"Confirmed {words}.", points)
            return


def _against(s: Signals) -> Iterator[Reason]:
    suspicion = fraud(s).value
    if suspicion:
        yield Reason("suspicion", f"Signs of fraud ({suspicion:.2f} of 1).", round(-FRAUD_COSTS * suspicion, 2))
