"""The company's profile: what it tells about itself, and when it is complete (SPEC 1.3, 7.8)."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import phonenumbers
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import SYSTEM, Actor
from core.kit.config import settings
from core.kit.errors import Invalid
from core.providers.models import Provider
from core.providers.scope import lock_provider, provider_of
from core.providers.standing import activate

LONGEST_ABOUT = 2000


def complete_profile(
    session: Session,
    *,
    actor: Actor,
    company_name: str,
    phone: str,
    website: str | None = None,
    about: str = "",
    provider_id: UUID | None = None,
    now: datetime,
) -> Provider:
    """Save the profile and stamp the first time it is complete; may be called again to change it (SPEC 1.3).

    With the setting for it, a pending provider whose owner has a verified address becomes active at once.
    """
    provider = lock_provider(session, provider_of(actor, provider_id, "admin"))
    before = _profile(provider)
    provider.company_name, provider.phone, provider.website, provider.about = _checked(company_name, phone, website, about)
    provider.profile_completed_at = provider.profile_completed_at or now
    provider.updated_at = now
    session.flush()
    after = _profile(provider)
    if before != after:
        audit.record(
            session,
            actor,
            "provider.profile_saved",
            entity_type="provider",
            entity_id=provider.id,
            before=before,
            after=after,
            now=now,
        )
    if provider.status == "pending" and settings().auto_activate_providers and owner_verified(session, provider.id):
        activate(session, actor=SYSTEM, provider_id=provider.id, now=now)
    return provider


def owner_verified(session: Session, provider_id: UUID) -> bool:
    """Whether an owner of the provider has proved their e-mail address."""
    query = text("select exists (select from user_account where provider_id = :p and owner and email_verified_at is not null)")
    return bool(session.scalar(query, {"p": provider_id}))


def checked_company(company_name: str, problems: dict[str, str]) -> str:
    """The company's name, trimmed; a wrong one is put into ``problems``."""
    kept = " ".join(words.tidy(company_name).split())
    if not 1 <= len(kept) <= 200:
        problems["company_name"] = "Enter your company's name (at most 200 characters)."
    return kept


def _checked(company_name: str, phone: str, website: str | None, about: str) -> tuple[str, str, str | None, str]:
    problems: dict[str, str] = {}
    company = checked_company(company_name, problems)
    number, page = _phone(phone, problems), _website(website, problems)
    if len(about.strip()) > LONGEST_ABOUT:
        problems["about"] = f"Keep the description under {LONGEST_ABOUT} characters."
    if problems:
        raise Invalid("profile.invalid", "The profile can't be saved. Please correct the marked fields.", fields=problems)
    return company, number, page, about.strip()


def _phone(phone: str, problems: dict[str, str]) -> str:
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        number = None
    # 555-01xx numbers are reserved for examples: possible, though no exchange serves them.
    if number is None or not phonenumbers.is_possible_number(number):
        problems["phone"] = "Enter a phone number with area code, such as (702) 555-0100."
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _website(website: str | None, problems: dict[str, str]) -> str | None:
    if not website or not website.strip():
        return None
    address = website.strip()
    address = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username and " " not in address
    except ValueError:
        good = False
    if not good or len(address) > 300:
        problems["website"] = "Enter a web address such as https://example.com, or leave it empty."
    return address


def _profile(provider: Provider) -> dict[str, str | None]:
    return {name: getattr(provider, name) for name in ("company_name", "phone", "website", "about")}
