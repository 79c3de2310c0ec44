"""What the public routes take and answer; what is taken is described here and checked by core."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from core.kit.db import Json
from intake_api.answers.shapes import Shape, typed

NICHE: Any = typed({"id": UUID, "slug": str, "name": str, "description": str}, "OpenNiche")
MARKET: Any = typed({"id": UUID, "slug": str, "name": str, "state": str, "timezone": str}, "OpenMarket")
USER: Any = typed({"id": UUID, "role": str}, "SignedInUser")
SESSION: dict[str, Any] = {"token": str, "expires_at": datetime, "must_enroll": bool, "user": USER}
CHECK: Any = typed({"name": str, "ok": bool, "detail": str}, "HealthCheck")
HALF_WAY: Any = typed({"mfa_required": bool, "half_way_token": str, "expires_at": datetime}, "HalfWay")
TAKEN_IN: Shape = {"lead_id": UUID, "message": str}
CONFIRMED: Shape = {"lead_id": UUID, "confirmed": bool, "already": bool}
SAID: Shape = {"message": str}

ANSWERS: dict[str, Shape] = {
    "public_api.submit": TAKEN_IN,
    "public_api.confirm": CONFIRMED,
    "public_api.verify": CONFIRMED,
    "public_api.look": {"lead_id": UUID, "state": str},
    "public_api.resend": TAKEN_IN,
    "public_api.list_niches": {"items": list[NICHE]},
    "public_api.list_markets": {"items": list[MARKET]},
    "public_api.form_schema": {
        "niche": NICHE,
        "version": int,
        "schema": Json,
        "consent": {"version": str, "text": str, "sellers": list[str], "channels": list[str]},
    },
    "partner_api.ping": {
        "accepted": bool,
        "reason": str | None,
        "ping_id": str | None,
        "expected_share_cents": int,
        "share_percent": float,
        "buyers": int,
        "expires_at": datetime | None,
    },
    "partner_api.post": TAKEN_IN,
    "auth_api.register": SAID,
    "auth_api.login": typed(SESSION, "SignedIn") | HALF_WAY,
    "auth_api.logout": {"signed_out": bool},
    "auth_api.me": {
        "id": UUID,
        "name": str,
        "email": str,
        "role": str,
        "provider_id": UUID | None,
        "company": str | None,
        "owner": bool,
        "second_factor": bool,
        "must_enroll": bool,
        "expires_at": datetime,
    },
    "auth_api.verify_email": {"verified": bool},
    "auth_api.resend_verification": SAID,
    "auth_api.forgot_password": SAID,
    "auth_api.reset_password": {"reset": bool},
    "auth_api.accept_invitation": {"accepted": bool},
    "auth_api.invite": {"id": UUID},
    "auth_api.change_password": {"changed": bool},
    "auth_api.password_advice": {"score": int, "ok": bool, "warning": str | None, "suggestions": list[str]},
    "auth_mfa_api.challenge": SESSION,
    "auth_mfa_api.enroll": {"secret": str, "uri": str, "qr_svg": str},
    "auth_mfa_api.verify": SESSION | {"recovery_codes": list[str]},
    "auth_mfa_api.recovery_codes": {"recovery_codes": list[str]},
    "auth_mfa_api.disable": {"disabled": bool},
    "passports.key": {"algorithm": str, "public_key": str, "former_public_keys": list[str], "format": str},
    "health.live": {"status": str},
    "health.ready": {"status": str, "down": list[str], "checks": list[CHECK]},
}


class Contact(BaseModel):
    """Who asks."""

    name: str = Field(max_length=200, examples=["Pat Example"])
    email: str = Field(max_length=254, examples=["pat@example.com"])
    phone: str = Field(max_length=40, examples=["(702) 555-0170"])


class Address(BaseModel):
    """Where it is about; the ZIP is what counts."""

    street: str | None = Field(None, max_length=200, examples=["12 North Main Street"])
    unit: str | None = Field(None, max_length=200)
    city: str | None = Field(None, max_length=200)
    state: str | None = Field(None, max_length=200)
    zip: str | None = Field(None, examples=["89109"])


class Agreement(BaseModel):
    """Consent: the version of the text that was shown; a form of your own sends its exact words as ``text``."""

    agreed: bool = Field(examples=[True])
    version: str = Field(max_length=100, examples=["2026-11.4"])
    text: str | None = Field(None, max_length=5000)
    sellers: list[str] | None = Field(None, max_length=50)
    channels: list[str] | None = Field(None, max_length=50)
    page_url: str | None = Field(None, max_length=2000)
    certificate_url: str | None = Field(None, max_length=2000)


class Lead(BaseModel):
    """A request, as ``GET /niches/{id}/form-schema`` asks for it; a place is an address, a ZIP or a point."""

    niche: str = Field(examples=["roofing"])
    contact: Contact
    address: Address | str | None = None
    zip: str | None = None
    point: dict[str, float] | None = None
    form_data: dict[str, Any] = Field(default_factory=dict)
    consent: Agreement
    attribution: dict[str, str] | None = None


class Posted(Lead):
    """A lead with the id of its ping."""

    ping_id: str


class Ping(BaseModel):
    """What may be told of a lead before it is sold: nothing that names anybody."""

    niche: str = Field(examples=["roofing"])
    zip: str = Field(examples=["89109"])
    form_data: dict[str, Any] = Field(default_factory=dict)


class Token(BaseModel):
    """The token of a mailed link."""

    token: str = Field(min_length=1, max_length=200)


class Email(BaseModel):
    """Whose account."""

    email: str = Field(max_length=254, examples=["owner@example.com"])


class Login(Email):
    """E-mail and password."""

    password: str


class Registration(Login):
    """A company and its first user."""

    company_name: str = Field(max_length=200)
    full_name: str = Field(max_length=200)
    niche_ids: list[UUID]
    market_ids: list[UUID]
    terms_accepted: bool


class NewPassword(Token):
    """A password by a mailed link."""

    password: str


class Accepted(NewPassword):
    """An invited person's name and password."""

    full_name: str


class Change(BaseModel):
    """The password that holds, and the one that shall."""

    current_password: str
    password: str


class Advice(BaseModel):
    """A password as it is typed."""

    password: str
    email: str | None = None
    company: str | None = None


class Code(BaseModel):
    """Six digits of the authenticator, or a recovery code."""

    code: str = Field(examples=["123456"])


class Challenge(Code):
    """The half-way token of the sign-in, and a code."""

    half_way_token: str


BODIES: dict[str, type[BaseModel]] = {
    "public_api.submit": Lead,
    "public_api.confirm": Token,
    "public_api.verify": Token,
    "partner_api.ping": Ping,
    "partner_api.post": Posted,
    "auth_api.register": Registration,
    "auth_api.login": Login,
    "auth_api.verify_email": Token,
    "auth_api.resend_verification": Email,
    "auth_api.forgot_password": Email,
    "auth_api.reset_password": NewPassword,
    "auth_api.accept_invitation": Accepted,
    "auth_api.invite": Email,
    "auth_api.change_password": Change,
    "auth_api.password_advice": Advice,
    "auth_mfa_api.challenge": Challenge,
    "auth_mfa_api.verify": Code,
    "auth_mfa_api.recovery_codes": Code,
    "auth_mfa_api.disable": Code,
}
# Who calls routes that are not made by ``rest.route``, which know it of themselves; those of neither table are open.
STAFF, PERSON = ("admin", "analyst"), ("admin", "analyst", "scientist", "provider")
CALLERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("partner_api.ping", "partner_api.post"), ("partner",)),
    **dict.fromkeys(("auth_api.me", "auth_api.change_password", "exports.download"), PERSON),
    **dict.fromkeys([f"auth_mfa_api.{name}" for name in ("enroll", "verify", "recovery_codes", "disable")], PERSON),
    "auth_api.invite": ("provider",),
    "money_files.movements": ("provider", *STAFF),
    "passports.of_lead": STAFF,
    "passports.of_own_lead": ("provider",),
    "passports.of_listing": ("provider", *STAFF),
    **dict.fromkeys([f"source_files.{name}" for name in ("take_in", "preview", "errors")], ("admin",)),
}
STATUSES = {"public_api.submit": 201, "partner_api.post": 201, "auth_api.register": 201, "auth_api.invite": 201,
            "public_api.resend": 202}  # fmt: skip
# Answers that are no JSON.
FILES = {
    "money_files.movements": "text/csv",
    "exports.download": "application/octet-stream",
    "source_files.errors": "text/csv",
    "source_calls.meta_handshake": "text/plain",
}
