"""Which kinds of e-mail a provider's users want (SPEC 7.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Invalid
from core.providers.models import NotificationPreference
from core.providers.scope import provider_of


@dataclass(frozen=True, slots=True)
class MailKind:
    """One kind of e-mail to providers: its group and what it tells; ``why`` it can't be switched off, if so."""

    template: str
    group: str
    label: str
    why: str | None = None


LEADS, SUBSCRIPTIONS, MONEY, ACCOUNT = "Leads", "Subscriptions", "Money", "Account"
# Every kind of e-mail that goes to providers; whether the house may count on its being read stands here alone.
MAIL_KINDS = {
    kind.template: kind
    for kind in (
        MailKind("new_lead", LEADS, "A new lead was delivered to us"),
        MailKind("bad_lead_received", LEADS, "Our report of a bad lead has arrived"),
        MailKind("bad_lead_approved", LEADS, "A report of ours was upheld"),
        MailKind("bad_lead_rejected", LEADS, "A report of ours was turned down"),
        MailKind("class_credit", LEADS, "A lead was credited because it was bad for everybody"),
        MailKind("saved_search_alert", LEADS, "A saved search has found something new"),
        MailKind("weekly_digest", LEADS, "The week in figures"),
        MailKind("consent_revoked", LEADS, "A consumer has taken back their consent", "The law wants the calls to stop at once."),
        MailKind("lead_erased", LEADS, "A consumer wants to be forgotten", "The law wants their data to be erased."),
        MailKind("subscription_deactivated", SUBSCRIPTIONS, "A subscription stopped because the balance is too low"),
        MailKind("subscription_reactivated", SUBSCRIPTIONS, "A subscription is running again"),
        MailKind("filter_updated", SUBSCRIPTIONS, "The house has changed a filter of ours"),
        MailKind("filter_invalidated", SUBSCRIPTIONS, "A filter no longer fits its form", "No lead comes until you correct it."),
        MailKind("level_price_change", SUBSCRIPTIONS, "The price of a level changes", "You agreed to be told before it applies."),
        MailKind("low_balance", MONEY, "The balance fell below our reminder"),
        MailKind("deposit_received", MONEY, "A deposit has arrived"),
        MailKind("refund", MONEY, "A lead was refunded"),
        MailKind("plan_renewed", MONEY, "The plan was renewed"),
        MailKind("plan_downgraded", MONEY, "The plan was lowered", "It changes what you pay for each lead."),
        MailKind("top_up_failed", MONEY, "An automatic top-up failed", "It concerns a payment that you have ordered."),
        MailKind("wallet_frozen", MONEY, "The wallet was frozen", "Buying stops until it is settled."),
        MailKind("export_ready", ACCOUNT, "An export is ready", "You asked for the file, and its link lasts an hour."),
        MailKind("export_failed", ACCOUNT, "An export could not be made", "You asked for the file."),
        MailKind("webhook_disabled", ACCOUNT, "A webhook was switched off", "Leads no longer reach your systems."),
        MailKind("support_answered", ACCOUNT, "Support has answered", "You asked."),
        MailKind("welcome", ACCOUNT, "The account is open", "It tells how to begin."),
        MailKind("account_status", ACCOUNT, "The account's status has changed", "It decides whether you receive leads."),
    )
}


@dataclass(frozen=True, slots=True)
class Preference:
    """One kind of e-mail and whether it is wanted; ``why`` says why it can't be switched off, ``None`` when it can."""

    template: str
    group: str
    label: str
    enabled: bool
    why: str | None


def get_preferences(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> list[Preference]:
    """Every kind of e-mail that a provider may get, on unless it was switched off (SPEC 7.6)."""
    owner = provider_of(actor, provider_id, "admin", "analyst")
    rows = session.execute(
        select(NotificationPreference.template_key, NotificationPreference.enabled).where(
            NotificationPreference.provider_id == owner
        )
    )
    chosen = dict(rows.all())
    return [
        Preference(kind.template, kind.group, kind.label, kind.why is not None or chosen.get(kind.template, True), kind.why)
        for kind in MAIL_KINDS.values()
    ]


def set_preferences(
    session: Session, *, actor: Actor, choices: Mapping[str, bool], provider_id: UUID | None = None, now: datetime
) -> list[Preference]:
    """Switch kinds of e-mail on or off; those not named stay as they are (SPEC 7.6).

    Raises ``Invalid`` for a kind there is not, and for switching one off that has to reach you.
    """
    owner = provider_of(actor, provider_id, "admin")
    _check(choices)
    for template, enabled in sorted(choices.items()):  # in one order for everybody: two who save at once can't deadlock
        row = insert(NotificationPreference).values(provider_id=owner, template_key=template, enabled=enabled)
        session.execute(row.on_conflict_do_update(index_elements=["provider_id", "template_key"], set_={"enabled": enabled}))
    if choices:
        audit.record(
            session, actor, "provider.preferences_changed", entity_type="provider", entity_id=owner, after=dict(choices), now=now
        )
    return get_preferences(session, actor=actor, provider_id=owner)


def wants_mail(session: Session, *, provider_id: UUID, template: str) -> bool:
    """Whether mail of this kind may go to the provider's users: yes unless it is optional and they switched it off."""
    kind = MAIL_KINDS.get(template)
    if kind is None or kind.why is not None:
        return True
    row = session.get(NotificationPreference, (provider_id, template))
    return row is None or row.enabled


def _check(choices: Mapping[str, bool]) -> None:
    problems = {name: "There is no such kind of e-mail." for name in choices if name not in MAIL_KINDS}
    for name, enabled in choices.items():
        if name in MAIL_KINDS and not enabled and (why := MAIL_KINDS[name].why):
            problems[name] = f"This mail can't be switched off. {why}"
    if problems:
        raise Invalid("preferences.refused", "Some of this can't be chosen. Please correct it.", fields=problems)
