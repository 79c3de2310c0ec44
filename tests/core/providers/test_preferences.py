"""Every mail to companies is either theirs to switch off or says why not (SPEC 7.6)."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from core import messaging, providers
from core.kit.errors import Invalid
from tests.builders import a_provider
from tests.core.providers.people import an_analyst, of


def test_every_letter_to_companies_has_its_line() -> None:
    """Letters to a company's people, and the two that go to whoever asked."""
    written = {key for key, letter in messaging.shipped().items() if letter.audience == "provider"}
    listed = set(providers.MAIL_KINDS)
    assert written <= listed, written - listed
    assert listed <= set(messaging.shipped()), listed - set(messaging.shipped())


def test_what_must_reach_a_company_says_why() -> None:
    for kind in providers.MAIL_KINDS.values():
        assert kind.why is None or kind.why.endswith("."), kind.template
    fixed = {kind.template for kind in providers.MAIL_KINDS.values() if kind.why}
    assert {"level_price_change", "filter_invalidated", "consent_revoked", "wallet_frozen", "account_status"} <= fixed
    assert not fixed & {"new_lead", "low_balance", "weekly_digest", "deposit_received", "refund"}


@pytest.mark.parametrize("template", [kind.template for kind in providers.MAIL_KINDS.values() if kind.why])
def test_it_can_not_be_switched_off(session: Session, now: datetime, template: str) -> None:
    me = a_provider(session, now)
    with pytest.raises(Invalid) as refused:
        providers.set_preferences(session, actor=of(me), choices={template: False, "new_lead": False}, now=now)
    assert list(refused.value.fields) == [template] and "can't be switched off" in refused.value.fields[template]
    assert providers.wants_mail(session, provider_id=me.id, template=template)
    assert providers.wants_mail(session, provider_id=me.id, template="new_lead"), "one wrong choice keeps the others out"
    providers.set_preferences(session, actor=of(me), choices={template: True}, now=now)


def test_a_choice_is_the_companys_alone(session: Session, now: datetime) -> None:
    me, rival = a_provider(session, now), a_provider(session, now)
    providers.set_preferences(session, actor=of(me), choices={"refund": False}, now=now)
    assert not providers.wants_mail(session, provider_id=me.id, template="refund")
    assert providers.wants_mail(session, provider_id=rival.id, template="refund")
    seen = {
        choice.template: choice.enabled for choice in providers.get_preferences(session, actor=an_analyst(), provider_id=me.id)
    }
    assert seen["refund"] is False and seen["new_lead"] is True
