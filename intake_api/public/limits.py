"""How often one address or one mailbox may send requests in (SPEC 1.7)."""

from typing import Any

from flask import Response, request

from core import leads
from core.kit import limits
from core.kit.crypto import keyed_hash
from intake_api.context import client_ip, limit_all, storable

MAILBOX = "hotleads.mailbox"


def limit_submission(contact: Any, *, by_partner: bool = False) -> None:
    """60 per client address and minute, 5 per mailbox and hour; Redis sees the mailbox as a keyed hash only.

    A partner's program sends for many people from one address: its key is counted instead.
    """
    rules: list[tuple[str, tuple[str, ...]]] = [] if by_partner else [("lead.ip", (client_ip() or "unknown",))]
    email = contact.get("email") if isinstance(contact, dict) else None
    if isinstance(email, str) and 0 < len(email) <= 254:
        read = leads.identity.read_email(email)  # a mailbox is one, however it is spelled
        mailbox = leads.identity.email_key(read) if read else email.strip().lower()
        rules.append(("lead.email", (keyed_hash(storable(mailbox), purpose="contact"),)))
    if rules:
        limit_all(*rules)
    request.environ[MAILBOX] = next((who for name, who in rules if name == "lead.email"), None)


def uncount_refused(response: Response) -> Response:
    """A request that was not taken in is no try of its mailbox: no mail went there, and whoever corrects the form may send it.

    Nor can anybody close a stranger's mailbox with requests that were none; its address is counted all the same.
    """
    who = request.environ.get(MAILBOX)
    if who is not None and response.status_code >= 400:
        limits.give_back("lead.email", who)
    return response
