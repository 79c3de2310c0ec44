"""Passports as files, each as its reader may see it, and the key by which anybody checks them (docs/passport.md)."""

from uuid import UUID

from flask import Blueprint, Response

from core import passports
from core.kit import clock
from core.kit.actor import Role
from core.kit.db import transaction
from intake_api.context import signed_in

blueprint = Blueprint("passports", __name__, url_prefix="/api/v1")


@blueprint.get("/passport-key")
def key() -> dict[str, str | list[str]]:
    """The public key (Ed25519, base64) that passports of this exchange are signed with; earlier copies with a former one."""
    return {
        "algorithm": "Ed25519",
        "public_key": passports.public_key(),
        "former_public_keys": passports.former_public_keys(),
        "format": passports.FORMAT,
    }


@blueprint.get("/admin/leads/<uuid:lead_id>/passport")
def of_lead(lead_id: UUID) -> Response:
    """The whole passport of a lead, as a file."""
    return _file(lead_id, "admin", "analyst")


@blueprint.get("/provider/leads/<uuid:lead_id>/passport")
def of_own_lead(lead_id: UUID) -> Response:
    """The passport of a lead that the company holds, by the lead's id; others' sales are withheld."""
    return _file(lead_id, "provider")


@blueprint.get("/marketplace/listings/<uuid:lead_id>/passport")
def of_listing(lead_id: UUID) -> Response:
    """The passport of a lead on sale, before it is bought: where it comes from and what was agreed to."""
    return _file(lead_id, "provider", "admin", "analyst")


def _file(lead_id: UUID, *roles: Role) -> Response:
    with transaction() as session:
        document = passports.passport(session, actor=signed_in(session, *roles), lead_id=lead_id, now=clock.utc_now())
    response = Response(passports.to_bytes(document), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="passport-{lead_id}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
