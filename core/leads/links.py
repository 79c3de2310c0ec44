"""The signed link by which a submitter sees and ends their own request, without an account (SPEC 2.7)."""

from uuid import UUID

from core.kit.config import settings
from core.kit.crypto import sign, signature_ok
from core.leads.errors import LinkUnknown

PURPOSE = "my-request"


def my_request_link(lead_id: UUID) -> str:
    """The full address of a lead's page for its submitter."""
    return f"{settings().base_url}/my-request/{my_request_code(lead_id)}"


def my_request_code(lead_id: UUID) -> str:
    """Lead id and signature as one path segment."""
    return f"{lead_id}.{sign(str(lead_id), purpose=PURPOSE)}"


def lead_of_code(code: str) -> UUID:
    """The lead a code was signed for; raises ``LinkUnknown`` for anything we did not sign."""
    text, _, signature = code.partition(".")
    try:
        lead_id = UUID(text)
    except ValueError as error:
        raise LinkUnknown from error
    if not signature_ok(str(lead_id), signature, purpose=PURPOSE):
        raise LinkUnknown
    return lead_id
